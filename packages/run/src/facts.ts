import { spawn } from 'node:child_process'
import { type AnyEnv, type AnyPlugin, exportLines, type FactContext, type FactSpec, type Fragment, sh } from '@dragonfab/core'
import type { Facts, PlanHost, Project } from '@dragonfab/plan'
import type { Connection } from './connection.ts'
import { homePath } from './prelude.ts'

export interface FactsRequest {
  readonly project: Pick<Project, 'plugins' | 'directory'>
  readonly hosts: readonly PlanHost[]
  /** Whether a plugin acts on a host in this run; all do by default. */
  readonly acts?: ((host: PlanHost, plugin: string) => boolean) | undefined
  /** The signals of all flows that will be planned. */
  readonly signals: ReadonlySet<string>
  /** Connects only when a fact asks a host. */
  readonly connections: ReadonlyMap<string, Connection>
  readonly attempt: number
  readonly now: Date
  readonly signal: AbortSignal
  /** Known beforehand: arguments of flows (`rollback:id`). */
  readonly given?: Readonly<Record<string, unknown>> | undefined
}

type Answer = Awaited<ReturnType<FactContext['exec']>>

/** Asks what planning must know, in the plugins' order: of this machine, and of hosts only where nothing else can tell. */
export async function askFacts(request: FactsRequest): Promise<Facts> {
  const here: Record<string, unknown> = { ...request.given }
  const byHost: Record<string, Record<string, unknown>> = Object.fromEntries(request.hosts.map((host) => [host.name, {}]))
  const facts = (): Facts => ({ here: { ...here }, hosts: structuredClone(byHost) })
  for (const { name, fact, plugin } of wanted(request.project.plugins, request.signals)) {
    const asked = request.hosts.filter((host) => request.acts?.(host, plugin) ?? true)
    const [first] = asked
    if (!first) continue
    if (fact.of === 'here') {
      here[name] = await fact.ask(context(request, first, facts(), here))
      continue
    }
    const before = facts()
    const answers = await Promise.all(
      asked.map(async (host) => [host.name, await fact.ask(context(request, host, before, { ...here, ...byHost[host.name] }))] as const),
    )
    const all = Object.fromEntries(answers)
    const settled = fact.settle ? fact.settle(all, context(request, first, facts(), here)) : all
    for (const [host, value] of Object.entries(settled)) byHost[host] = { ...byHost[host], [name]: value }
  }
  return facts()
}

function wanted(
  plugins: readonly AnyPlugin[],
  signals: ReadonlySet<string>,
): readonly { readonly name: string; readonly fact: FactSpec; readonly plugin: string }[] {
  return plugins.flatMap((plugin) =>
    Object.entries(plugin.facts)
      .filter(([, fact]) => fact.signals.some((signal) => signals.has(signal)))
      .map(([name, fact]) => ({ name, fact, plugin: plugin.name })),
  )
}

function context(request: FactsRequest, host: PlanHost, facts: Facts, known: Readonly<Record<string, unknown>>): FactContext {
  const env = host.env(facts)
  return {
    env,
    hosts: request.hosts.map((each) => each.name),
    directory: request.project.directory,
    signal: request.signal,
    attempt: request.attempt,
    now: request.now,
    known,
    sh,
    exec: (argv, options) => execHere(argv, { ...options, cwd: request.project.directory, signal: request.signal }),
    ask: (text, name = host.name) => askHost(request, name, request.hosts.find((each) => each.name === name)?.env(facts) ?? env, text),
  }
}

/** Read-only shell text in the host's session, which the run will go on to use. */
async function askHost(request: FactsRequest, name: string, env: AnyEnv, text: Fragment): Promise<Answer> {
  const connection = request.connections.get(request.hosts.find((host) => host.name === name)?.place ?? name)
  if (!connection) throw new Error(`no connection for ${name}`)
  const session = await connection.session()
  // As steps have it: what reaches a repository or finds a program (GIT_SSH_COMMAND, PATH) counts here too.
  const exports = exportLines((env.shellEnv ?? {}) as Readonly<Record<string, string>>)
  const said = await session.ask([`STATE=${homePath(String(env.stateDir))}`, ...exports, text.toString()].join('\n'))
  return { ...said, stderr: said.lost === undefined ? said.stderr : `${said.stderr}${said.lost}` }
}

function execHere(
  argv: readonly string[],
  options: {
    readonly env?: Readonly<Record<string, string>>
    readonly stdin?: string
    readonly timeoutMs?: number
    readonly cwd: string
    readonly signal: AbortSignal
  },
): Promise<Answer> {
  return new Promise((resolve) => {
    const [program = '', ...rest] = argv
    const child = spawn(program, rest, {
      cwd: options.cwd,
      env: { ...process.env, ...options.env },
      signal: options.signal,
      ...(options.timeoutMs !== undefined && { timeout: options.timeoutMs }),
    })
    const said = { stdout: [] as Buffer[], stderr: [] as Buffer[] }
    for (const stream of ['stdout', 'stderr'] as const) child[stream].on('data', (chunk: Buffer) => said[stream].push(chunk))
    child.once('error', (error) => resolve({ status: undefined, stdout: '', stderr: error.message }))
    child.once('close', (status) =>
      resolve({
        status: status ?? undefined,
        stdout: Buffer.concat(said.stdout).toString(),
        stderr: Buffer.concat(said.stderr).toString(),
      }),
    )
    child.stdin.on('error', () => undefined)
    child.stdin.end(options.stdin ?? '')
  })
}
