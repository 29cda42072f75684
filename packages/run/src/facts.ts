import { type AnyPlugin, collect, exportLines, type FactContext, type FactSpec, type Fragment, type RunScope, sh } from '@dragonfab/core'
import type { Facts, HostEnv, PlanHost, Project } from '@dragonfab/plan'
import type { Connection } from './connection.ts'
import { localExecutor } from './local-executor.ts'
import { quoteHomePath } from './prelude.ts'

export interface FactsRequest {
  readonly project: Pick<Project, 'plugins' | 'directory'>
  readonly hosts: readonly PlanHost[]
  /** Whether a plugin takes part on a host in this run. By default all do. */
  readonly isActive?: ((host: PlanHost, plugin: string) => boolean) | undefined
  /** The signals of all flows that will be planned. */
  readonly signals: ReadonlySet<string>
  /** A host is connected to only if a fact asks it. */
  readonly connections: ReadonlyMap<string, Connection>
  readonly run: RunScope
  readonly attempt: number
  readonly now: Date
  readonly signal: AbortSignal
  /** Facts that are already known: arguments of flows (`rollback:id`). */
  readonly given?: Readonly<Record<string, unknown>> | undefined
}

type FactAnswer = Awaited<ReturnType<FactContext['exec']>>

/** Finds out the facts that planning needs, in the plugins' order. Hosts are asked only for facts of scope `host`. */
export async function askFacts(request: FactsRequest): Promise<Facts> {
  const localFacts: Record<string, unknown> = { ...request.given }
  const byHost: Record<string, Record<string, unknown>> = Object.fromEntries(request.hosts.map((host) => [host.name, {}]))
  const facts = (): Facts => ({ local: { ...localFacts }, hosts: structuredClone(byHost) })
  for (const { name, fact, plugin } of selectFacts(request.project.plugins, request.signals)) {
    const askedHosts = request.hosts.filter((host) => request.isActive?.(host, plugin) ?? true)
    const [first] = askedHosts
    if (!first) continue
    if (fact.scope === 'local') {
      localFacts[name] = await fact.ask(createFactContext(request, first, facts(), localFacts))
      continue
    }
    const earlierFacts = facts()
    const answers = await Promise.all(
      askedHosts.map(
        async (host) =>
          [host.name, await fact.ask(createFactContext(request, host, earlierFacts, { ...localFacts, ...byHost[host.name] }))] as const,
      ),
    )
    const all = Object.fromEntries(answers)
    const values = fact.reconcile ? fact.reconcile(all, createFactContext(request, first, facts(), localFacts)) : all
    for (const [host, value] of Object.entries(values)) byHost[host] = { ...byHost[host], [name]: value }
  }
  return facts()
}

function selectFacts(
  plugins: readonly AnyPlugin[],
  signals: ReadonlySet<string>,
): readonly { readonly name: string; readonly fact: FactSpec; readonly plugin: string }[] {
  return plugins.flatMap((plugin) =>
    Object.entries(plugin.facts)
      .filter(([, fact]) => fact.signals.some((signal) => signals.has(signal)))
      .map(([name, fact]) => ({ name, fact, plugin: plugin.name })),
  )
}

function createFactContext(request: FactsRequest, host: PlanHost, facts: Facts, known: Readonly<Record<string, unknown>>): FactContext {
  const env = host.env(facts)
  return {
    env,
    hosts: request.hosts.map((each) => each.name),
    directory: request.project.directory,
    signal: request.signal,
    run: request.run,
    attempt: request.attempt,
    now: request.now,
    known,
    sh,
    exec: (argv, options) => execLocally(argv, { ...options, cwd: request.project.directory, signal: request.signal }),
    ask: (text, name = host.name) => askHost(request, name, request.hosts.find((each) => each.name === name)?.env(facts) ?? env, text),
  }
}

/** Runs read-only shell text in the host's session, which the run then continues to use. */
async function askHost(request: FactsRequest, name: string, env: HostEnv, text: Fragment): Promise<FactAnswer> {
  const connection = request.connections.get(request.hosts.find((host) => host.name === name)?.target ?? name)
  if (!connection) throw new Error(`no connection for ${name}`)
  const session = await connection.session()
  // Facts need the same variables as steps: GIT_SSH_COMMAND decides how a repository is reached, PATH which program is found.
  const exports = exportLines(env.shellEnv)
  const output = await session.capture([`DF_STATE=${quoteHomePath(env.stateDir)}`, ...exports, text.toString()].join('\n'))
  return { ...output, stderr: output.lost === undefined ? output.stderr : `${output.stderr}${output.lost}` }
}

async function execLocally(
  argv: readonly string[],
  {
    timeoutMs,
    signal,
    ...options
  }: {
    readonly env?: Readonly<Record<string, string>>
    readonly stdin?: string
    readonly timeoutMs?: number
    readonly cwd: string
    readonly signal: AbortSignal
  },
): Promise<FactAnswer> {
  const until = timeoutMs === undefined ? signal : AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)])
  try {
    const { status, stdout, stderr, lost = '' } = await collect(localExecutor(), argv, { ...options, signal: until })
    return { status, stdout, stderr: `${stderr}${lost}` }
  } catch (error) {
    return { status: undefined, stdout: '', stderr: error instanceof Error ? error.message : String(error) }
  }
}
