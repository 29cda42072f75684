import { DragonfabError, didYouMean, type FactContext, type Fragment, type Problem, withSecrets } from '@dragonfab/core'
import { diagnose, failureOf } from '../diagnose.ts'
import { isCommit, maybeCommit } from '../names/ref.ts'
import type { Repository } from '../names/repository.ts'
import { askCommit, askNames, askRefs } from '../shell/ask-repository.ts'
import { type FoundRef, findRef, parseRefs, refPatterns } from './refs.ts'

/** The commit to find, and where. */
export interface CommitRequest {
  readonly repository: Repository
  /** The repository's name in messages, without a password. */
  readonly name: string
  readonly branch: string | undefined
  readonly timeout: number
  /** The mirror on the hosts, which are asked if this machine cannot reach the repository. */
  readonly mirror: string | undefined
}

type RefAsker = Pick<FactContext, 'exec' | 'ask' | 'hosts' | 'directory'>
type HostAnswer = Awaited<ReturnType<FactContext['ask']>>

interface RefSource {
  readonly host: string | undefined
  run(text: Fragment): Promise<HostAnswer>
}

/** Finds the commit that every host gets: on this machine, or on the first host that can reach the repository. Read-only. */
export async function resolveCommit(request: CommitRequest, asker: RefAsker): Promise<FoundRef> {
  const { branch } = request
  if (branch !== undefined && isCommit(branch)) return { commit: branch.toLowerCase(), ref: branch.toLowerCase() }
  const problems: Problem[] = []
  for (const source of listRefSources(request, asker)) {
    const answer = await source.run(askRefs(request, refPatterns(branch)))
    if (answer.status === 0) {
      const ref =
        findRef(parseRefs(answer.stdout), branch) ??
        (branch !== undefined ? await findAbbreviated(request, branch, source, asker) : undefined)
      if (ref) return ref
      throw await createNotFoundError(request, source)
    }
    problems.push(describeProblem(source, request, answer))
  }
  throw new DragonfabError(problems)
}

/** This machine first, since that needs no connection. Then the hosts, one after the other. */
function listRefSources(request: CommitRequest, asker: RefAsker): readonly RefSource[] {
  const localSource: RefSource = {
    host: undefined,
    run: (text) => {
      // On stdin, because any user of this machine can read arguments.
      const { text: script, assignments } = withSecrets(text)
      return asker.exec(['sh', '-s'], {
        stdin: `${assignments}\nmain() {\n${script}\n}\nmain </dev/null\n`,
        timeoutMs: (request.timeout + 30) * 1000,
      })
    },
  }
  if (request.mirror === undefined) return [localSource]
  return [localSource, ...asker.hosts.map((host) => ({ host, run: (text: Fragment) => asker.ask(text, host) }))]
}

function describeProblem(source: RefSource, request: CommitRequest, answer: HostAnswer): Problem {
  // Without a status and output, the time limit ended it.
  const silent = answer.status === undefined && !answer.stderr
  const { code, message, remedy } = failureOf(silent ? 'unreachable' : diagnose(answer.status, answer.stderr))
  const last = answer.stderr.trim().split('\n').at(-1) ?? ''
  return {
    code,
    message: `${source.host === undefined ? 'from this machine: ' : ''}${request.name}: ${message.replace('$OUTPUT', last)}`,
    ...(remedy !== undefined && { remedy }),
    ...(source.host !== undefined && { host: source.host }),
    ...(answer.stderr.trim() && { cause: answer.stderr.trim() }),
  }
}

/** A server does not resolve abbreviated commits, so this searches its tips, the config's own repository and the mirrors on the hosts. */
async function findAbbreviated(request: CommitRequest, branch: string, source: RefSource, asker: RefAsker): Promise<FoundRef | undefined> {
  if (!maybeCommit(branch)) return undefined
  const short = branch.toLowerCase()
  const answer = await source.run(askNames(request))
  const tips = new Set([...parseRefs(answer.stdout).commits.values()].filter((commit) => commit.startsWith(short)))
  const [tip] = tips
  if (tip !== undefined && tips.size === 1) return { commit: tip, ref: tip }
  const [localSource, ...hosts] = listRefSources(request, asker)
  const answers = [
    localSource && (() => localSource.run(askCommit({ folder: asker.directory }, short, request.timeout))),
    ...hosts.map((each) => () => each.run(askCommit({ mirror: request.mirror ?? '' }, short, request.timeout))),
  ]
  for (const ask of answers) {
    const answer = await ask?.()
    const commit = answer?.status === 0 ? answer.stdout.trim() : ''
    if (isCommit(commit)) return { commit, ref: commit }
  }
  return undefined
}

async function createNotFoundError(request: CommitRequest, source: RefSource): Promise<DragonfabError> {
  const { branch, name } = request
  const answer = await source.run(askNames(request))
  const names = [...parseRefs(answer.stdout).commits.keys()].map((ref) => ref.replace(/^refs\/(heads|tags)\//, ''))
  const suggestion = branch === undefined ? undefined : didYouMean(branch, names)
  if (names.length === 0) {
    return new DragonfabError({ code: 'GIT_EMPTY', message: `${name}: the repository has no branches`, remedy: 'push a branch' })
  }
  const abbreviation =
    branch !== undefined && maybeCommit(branch) ? 'give all 40 digits of a commit that is not the tip of a branch' : undefined
  const some = names.slice(0, 8).join(', ')
  return new DragonfabError({
    code: 'GIT_BRANCH_NOT_FOUND',
    message: `${name}: there is no branch, tag or commit ${branch ?? 'master'}`,
    remedy: [suggestion, abbreviation, `available: ${some}${names.length > 8 ? ', …' : ''}`].filter(Boolean).join('; '),
  })
}
