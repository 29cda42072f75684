import { definePlugin } from '@dragonfab/core'
import { buildInContainer } from './build/container-build.ts'
import { buildOnHost } from './build/host-build.ts'
import { buildLocally } from './build/local-build.ts'
import { writeSkeleton } from './build/skeleton.ts'
import { seedAnswers } from './debconf/seed.ts'
import { flows, signals } from './flows.ts'
import { options, variables } from './options.ts'
import { checkDeployable } from './steps/check.ts'
import { findPackagesToSend } from './steps/find-packages.ts'
import { finishInstallation, installPackage, verifyInstalled } from './steps/install.ts'
import { findKeptVersion, versionFact } from './steps/rollback.ts'
import { sendPackage } from './steps/send.ts'
import { simulateInstallation } from './steps/simulate.ts'
import { fingerprintPackage, showStatus } from './steps/status.ts'
import { undoInstallation, waitForInstallation } from './steps/undo.ts'
import { repairDpkg, waitForApt } from './steps/wait-for-apt.ts'

/** Builds a Debian package, and installs it on all hosts or on none. */
export const deb = definePlugin({
  name: 'deb',
  options,
  variables,
  signals,
  flows,
  facts: { 'deb.version': versionFact },
  hooks: {
    'deb.building': ({ env }) => {
      const { buildIn, buildHost } = env.deb
      if (buildIn !== undefined) return buildInContainer(env, buildIn)
      return buildHost === undefined ? buildLocally(env) : buildOnHost(env, buildHost)
    },
    'deb.uploading': ({ env }) => [findPackagesToSend(env), waitForApt(env), sendPackage(env)],
    'deb.finding': ({ env }) => [waitForApt(env), findKeptVersion(env)],
    'deb.simulating': ({ env }) => [
      repairDpkg(env),
      env.debconf !== undefined && seedAnswers(env, env.debconf, 'check'),
      simulateInstallation(env),
    ],
    'deb.installing': ({ env }) => [
      waitForApt(env),
      env.debconf !== undefined && seedAnswers(env, env.debconf, 'set'),
      ...installPackage(env),
    ],
    'deb.installed': ({ env }) => verifyInstalled(env),
    'deb.finishing': ({ env }) => finishInstallation(env),
    'deb.undoing': ({ env }) => [waitForInstallation(env), waitForApt(env), ...undoInstallation(env)],
    check: ({ env }) => checkDeployable(env),
    status: ({ env }) => showStatus(env),
  },
  tasks: {
    'deb.skeleton': { summary: 'Write a debian/ to start from', readOnly: true, run: ({ env }) => writeSkeleton(env) },
    'deb.status': {
      summary: 'Show the installed version, and those that you can roll back to',
      readOnly: true,
      run: ({ env }) => showStatus(env),
    },
  },
  fingerprint: ({ env }) => fingerprintPackage(env),
})
