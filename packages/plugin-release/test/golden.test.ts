import { spawnSync } from 'node:child_process'
import { functionsIn, renderCalls, type Step, sh } from '@dragonfab/core'
import { expect, it } from 'vitest'
import { fingerprintCurrent } from '../src/facts/facts.ts'
import { askReleases } from '../src/facts/host-releases.ts'
import { mergeLinked } from '../src/linked/merge-linked.ts'
import { checkHost } from '../src/steps/check.ts'
import { cleanUpReleases } from '../src/steps/cleanup.ts'
import { createRelease } from '../src/steps/create.ts'
import { writeEnvironment } from '../src/steps/environment.ts'
import { checkLinked, linkShared, warnOfMissing } from '../src/steps/linked.ts'
import { prepareFolders } from '../src/steps/prepare.ts'
import { publishRelease } from '../src/steps/publish.ts'
import { showStatus } from '../src/steps/status.ts'
import { discardRelease, undoPublish } from '../src/steps/undo.ts'
import { verifyRelease } from '../src/steps/verify.ts'

const layout = { path: '/srv/shop', releasesPath: '/srv/shop/releases', sharedPath: '/srv/shop/shared', currentPath: '/srv/shop/current' }
const linked = mergeLinked(
  [
    { path: 'app/settings.py', missing: 'error' },
    { path: 'log/it.log', missing: 'link' },
  ],
  [{ path: 'media', missing: 'create' }],
)
const id = '250101-120000'
const writable = { sharedWritable: true }

const texts: Readonly<Record<string, Step | undefined>> = {
  prepare: prepareFolders(layout, linked, writable),
  'check-linked': checkLinked(layout, linked, writable),
  'tell-missing': warnOfMissing(layout, [{ kind: 'file', path: 'conf/a b', missing: 'warn' }]),
  create: createRelease(layout, id),
  link: linkShared(layout, id, linked),
  environment: writeEnvironment(layout, id, { A: '1', B: 'two words' }, { file: '.env', format: 'plain', group: 'www-data' })[0],
  publish: publishRelease(layout, { verb: 'switch', release: id }),
  rollback: publishRelease(layout, { verb: 'rollback', release: id }),
  verify: verifyRelease(layout, id),
  'put-back': undoPublish(layout, { verb: 'switch', release: id }),
  discard: discardRelease(layout, id),
  cleanup: cleanUpReleases(layout, id, 5),
  check: checkHost(layout, linked, { dotenvGroup: 'www-data' }),
  status: showStatus(layout),
}

it('golden: the scripts that run on a host, which every shell can parse', async () => {
  const steps = Object.entries(texts).flatMap(([name, step]) => (step?.kind === 'shell' ? [[name, step.text] as const] : []))
  const named = [...steps, ['standing', fingerprintCurrent(layout)] as const, ['ask releases', askReleases(layout)] as const]
  const functions = functionsIn(sh.join(named.map(([, text]) => text))).map(({ definition }) => definition)
  const bodies = named.map(([name, text]) => `# == ${name}\n${renderCalls(text, () => '"$DF_S1"')}`)
  const all = [`# == functions\n${functions.join('\n')}`, ...bodies, ''].join('\n\n')
  for (const [program, ...args] of [['dash'], ['bash', '--posix'], ['busybox', 'sh']] as const) {
    const { status, stderr } = spawnSync(program, [...args, '-n'], { input: all, encoding: 'utf8' })
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  }
  // Look at the difference, then: npx vitest run packages/plugin-release/test/golden.test.ts -u
  await expect(all).toMatchFileSnapshot('golden/steps.sh')
})
