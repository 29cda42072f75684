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
  'deb.putting_back',
  'deb.failed',
] as const

export type DebSignal = (typeof signals)[number]

/** What is live is what dpkg has installed; the way back installs what was there before. */
const installPhase = { signals: ['deb.installing', 'deb.installed'], undo: ['deb.putting_back'], live: true } as const
const finishPhase = { signals: ['deb.finishing'], live: true } as const

export const flows = {
  'deb.build': {
    summary: 'Build the Debian package',
    phases: [{ signals: ['deb.building', 'deb.built'] }],
    ships: 'fallback',
    readOnly: true,
  },
  'deb.deploy': {
    summary: 'Send the newest package to every host, simulate there, then install it on all of them',
    phases: [{ signals: ['deb.uploading', 'deb.simulating'] }, installPhase, finishPhase],
    ships: 'fallback',
    failed: ['deb.failed'],
  },
  'deb.rollback': {
    summary: 'Install the version before on every host, or the named one',
    args: ['deb.version?'],
    phases: [{ signals: ['deb.finding', 'deb.simulating'] }, installPhase, finishPhase],
    failed: ['deb.failed'],
  },
} as const satisfies Readonly<Record<string, Flow<DebSignal>>>
