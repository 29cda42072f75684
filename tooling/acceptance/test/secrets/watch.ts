import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { startSampler } from '@dragonfab/test-kit'
import { formsOf } from './forms.ts'

/** Where a process showed a canary. */
export interface Sight {
  readonly where: 'cmdline' | 'environ'
  readonly command: string
  readonly uid: number
  readonly canary: string
}

/** Looks for canaries, each under the name of the field that holds it, in every form. */
export function watchFor(canaries: Readonly<Record<string, string>>) {
  const needles = Object.entries(canaries).flatMap(([canary, value]) => formsOf(value).map((form) => ({ canary, form })))
  const found = (text: string): readonly string[] =>
    needles.flatMap(({ canary, form }) => (text.includes(form) ? [`${canary}: ${form}`] : []))
  return {
    /** What of them a text shows. */
    found,
    /** What of them the files below a folder show. */
    foundIn: (folder: string): readonly { readonly file: string; readonly shown: string }[] =>
      readdirSync(folder, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath, entry.name))
        .flatMap((file) => found(readFileSync(file, 'utf8')).map((shown) => ({ file, shown }))),
    /** Watches the arguments and environments of all processes of this machine, hosts and client alike, that start from now on. */
    processes: async () => {
      const sampler = await startSampler(needles.map(({ form }) => form))
      return {
        stop: async (): Promise<{ readonly sights: readonly Sight[]; readonly rounds: number; readonly seconds: number }> => {
          const { seen, rounds, seconds } = await sampler.stop()
          return { sights: seen.map((line) => sightOf(line, (needle) => needles[needle]?.canary ?? '')), rounds, seconds }
        },
      }
    },
  }
}

/** `environ app once uid=0 needle=3` */
function sightOf(line: string, canaryOf: (needle: number) => string): Sight {
  const [, where, command = '', uid, needle] = /^(cmdline|environ) (.*) uid=(-?\d+) needle=(\d+)$/.exec(line) ?? []
  if (where !== 'cmdline' && where !== 'environ') throw new Error(`the sampler said ${line}`)
  return { where, command, uid: Number(uid), canary: canaryOf(Number(needle)) }
}
