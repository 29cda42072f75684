import { isDragonfabError, isSecret, reveal, type Variable } from '@dragonfab/core'
import { buildPlan, type Facts, loadProject, type Project, type RunHost, selectHosts } from '@dragonfab/plan'
import git from '@dragonfab/plugin-git'
import { escaped } from './values.ts'

/** A variable that a config may set, by its dotted name. A new one of core, release or git is here by itself. */
export interface HostileField {
  readonly name: string
  readonly kind: Variable['field']['kind'] | 'key'
  /** What stands in the config for a value. */
  config(value: string): object
  /** What env has for it, as text. */
  read(host: RunHost): unknown
}

const base = { appName: 'shop', vars: { one: 'x' }, dotenv: { B: 'b' }, plugins: [git({ repo: '/srv/shop.git' })] }
const load = (environments: object): Project => loadProject({ ...base, environments }, { directory: '/srv/config', user: 'me' })

export function hostileFields(): readonly HostileField[] {
  const variables = load({ live: { hosts: 'web1' } }).variables()
  return variables.flatMap((variable) => {
    const { name, field } = variable
    const at = (host: RunHost): unknown =>
      name.split('.').reduce<unknown>((table, key) => (table as Record<string, unknown>)[key], host.env())
    const set = (value: unknown): object => name.split('.').reduceRight<unknown>((inner, key) => ({ [key]: inner }), value) as object
    const one = (given: (value: string) => unknown, read: (value: unknown) => unknown): HostileField => ({
      name,
      kind: field.kind,
      config: (value) => set(given(escaped(value))),
      read: (host) => read(at(host)),
    })
    if (field.kind === 'list') {
      const entry = (read: unknown) => (read as readonly unknown[])[0]
      return [
        one(
          (value) => [value],
          (read) => pathOf(entry(read)),
        ),
      ]
    }
    if (field.kind === 'table') {
      const entries = (read: unknown) => Object.entries(read as object).find(([key]) => key !== 'B')
      return [
        one(
          (value) => ({ A1: value }),
          (read) => entries(read)?.[1],
        ),
        {
          ...one(
            (value) => ({ [value]: 'x' }),
            (read) => entries(read)?.[0],
          ),
          name: `${name} (a name)`,
          kind: 'key',
          config: (value) => set({ [value]: 'x' }),
        },
      ]
    }
    if (field.kind === 'secretText')
      return [
        {
          ...one(
            (value) => value,
            (read) => (isSecret(read) ? reveal(read) : read),
          ),
          config: set,
        },
      ]
    return [
      one(
        (value) => value,
        (read) => read,
      ),
    ]
  })
}

const pathOf = (entry: unknown): unknown => (typeof entry === 'object' && entry !== null && 'path' in entry ? entry.path : entry)

export interface Verdict {
  readonly field: HostileField
  /** Values that env has as they were given. */
  readonly accepted: readonly string[]
  /** What each of the others was told. */
  readonly refused: ReadonlyMap<string, string>
  /** Neither: what env has instead. */
  readonly changed: ReadonlyMap<string, unknown>
}

const facts: Facts = {
  here: {
    release: '260101-000000',
    'git.commit': '0123456789abcdef0123456789abcdef01234567',
    'git.source': '/srv/shop.git',
    'git.ref': 'refs/heads/main',
  },
  hosts: {},
}

/** A plan is pure: what it refuses, it refuses before any host is asked. */
function plan(project: Project, hosts: readonly RunHost[]): void {
  const release = { task: 'release', args: [], when: 'next' } as const
  buildPlan(project, { run: 'r1', environment: 'live', command: ['release'], tasks: [release], hosts, facts })
}

/** One environment a value, all of them in one config: what loading refuses, and what env has of the others. */
export function judge(field: HostileField, values: readonly string[]): Verdict {
  const accepted: string[] = []
  const refused = new Map<string, string>()
  const changed = new Map<string, unknown>()
  const environments = (of: readonly string[]) =>
    Object.fromEntries(of.map((value) => [`e${values.indexOf(value)}`, { hosts: 'web1', ...field.config(value) }]))
  const told = (work: () => unknown): readonly string[] => {
    try {
      work()
      return []
    } catch (thrown) {
      if (!isDragonfabError(thrown) || thrown.status !== 2) throw thrown
      return thrown.problems.map(({ message }) => message)
    }
  }
  for (const message of told(() => load(environments(values)))) {
    const value = values[Number(/environments\.e(\d+)\./.exec(message)?.[1] ?? Number.NaN)]
    if (value === undefined) throw new Error(`${field.name}: a problem without its place: ${message}`)
    refused.set(value, message)
  }
  const rest = values.filter((value) => !refused.has(value))
  const project = load(environments(rest))
  for (const value of rest) {
    let hosts: readonly RunHost[] = []
    const problems = told(() => {
      hosts = selectHosts(project, { environment: `e${values.indexOf(value)}` })
      // The only one whose check waits for the plan, since it may name the release; a plan for each value of each field takes minutes.
      if (field.name === 'environmentFile') plan(project, hosts)
    })
    const [host] = hosts
    if (!host || problems.length) refused.set(value, problems.join('\n'))
    else {
      const read = field.read(host)
      if (read === value) accepted.push(value)
      else changed.set(value, read)
    }
  }
  return { field, accepted, refused, changed }
}
