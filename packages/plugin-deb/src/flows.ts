import type { Flow } from '@dragonfab/core'

export const signals = [
  'deb.building',
  'deb.built',
  'deb.uploading',
  'deb.simulating',
  'deb.finding',
  'deb.installing',
  'deb.installed',
  'deb.finishing',
  'deb.undoing',
  'deb.failed',
] as const

export type DebSignal = (typeof signals)[number]

/** The installed package is what is live. Undo installs the previous one again. */
const installPhase = { signals: ['deb.installing', 'deb.installed'], undo: ['deb.undoing'], live: true } as const
const finishPhase = { signals: ['deb.finishing'], live: true } as const

export const flows = {
  'deb.build': {
    summary: 'Build the Debian package',
    phases: [{ signals: ['deb.building', 'deb.built'] }],
    ships: 'fallback',
    readOnly: true,
  },
  'deb.deploy': {
    summary: 'Send the newest package to every host, simulate the installation on all, then install it on all',
    phases: [{ signals: ['deb.uploading', 'deb.simulating'] }, installPhase, finishPhase],
    ships: 'fallback',
    failed: ['deb.failed'],
  },
  'deb.rollback': {
    summary: 'Install the previous version, or the named one, on every host',
    args: ['deb.version?'],
    phases: [{ signals: ['deb.finding', 'deb.simulating'] }, installPhase, finishPhase],
    failed: ['deb.failed'],
  },
} as const satisfies Readonly<Record<string, Flow<DebSignal>>>
