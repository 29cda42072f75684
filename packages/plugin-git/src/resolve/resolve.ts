import { DragonfabError, didYouMean, type FactContext, type Fragment, type Problem, quote, render, reveal } from '@dragonfab/core'
import { isCommit, maybeCommit } from '../names/ref.ts'
import type { Repository } from '../names/repository.ts'
import { diagnose, outcome } from '../outcomes.ts'
import { askCommit, askNames, askRefs } from '../shell/look.ts'
import { type Found, findRef, parseRefs, patternsFor } from './refs.ts'

/** What is to be resolved, and by whom. */
export interface Wish {
  readonly repository: Repository
  /** As `git.repo` says it, for people. */
  readonly name: string
  readonly branch: string | undefined
  readonly timeout: number
  /** Whether hosts may be asked when this machine cannot reach the repository: their mirrors are here. */
  readonly mirror: string | undefined
}

type Asker = Pick<FactContext, 'exec' | 'ask' | 'hosts' | 'directory'>
type Answer = Awaited<ReturnType<FactContext['ask']>>

interface Place {
  readonly host: string | undefined
  run(text: Fragment): Promise<Answer>
}

/** The commit that every host gets: found here, or on the first host that can reach the repository. Read-only. */
export async function resolveCommit(wish: Wish, asker: Asker): Promise<Found> {
  const { branch } = wish
  if (branch !== undefined && isCommit(branch)) return { commit: branch.toLowerCase(), ref: branch.toLowerCase() }
  const problems: Problem[] = []
  for (const place of places(wish, asker)) {
    const answer = await place.run(askRefs(wish, patternsFor(branch)))
    if (answer.status === 0) {
      const found =
        findRef(parseRefs(answer.stdout), branch) ?? (branch !== undefined ? await abbreviated(wish, branch, place, asker) : undefined)
      if (found) return found
      throw await notFound(wish, place)
    }
    problems.push(problemAt(place, wish, answer))
  }
  throw new DragonfabError(problems)
}

/** This machine first: it is at hand. Hosts in order, since each is a connection. */
function places(wish: Wish, asker: Asker): readonly Place[] {
  const here: Place = {
    host: undefined,
    run: (text) => {
      // On stdin: an argument would be seen by everybody on this machine.
      const script = render(text, (secret) => quote(reveal(secret)))
      return asker.exec(['sh', '-s'], { stdin: `main() {\n${script}\n}\nmain </dev/null\n`, timeoutMs: (wish.timeout + 30) * 1000 })
    },
  }
  if (wish.mirror === undefined) return [here]
  return [here, ...asker.hosts.map((host) => ({ host, run: (text: Fragment) => asker.ask(text, host) }))]
}

function problemAt(place: Place, wish: Wish, answer: Answer): Problem {
  // Without a status and a word it was ended when its time was up.
  const silent = answer.status === undefined && !answer.stderr
  const { code, message, remedy } = silent ? outcome('unreachable') : diagnose(answer.status, answer.stderr)
  const last = answer.stderr.trim().split('\n').at(-1) ?? ''
  return {
    code,
    message: `${place.host === undefined ? 'from this machine: ' : ''}${wish.name}: ${message.replace('$OUTPUT', last)}`,
    ...(remedy !== undefined && { remedy }),
    ...(place.host !== undefined && { host: place.host }),
    ...(answer.stderr.trim() && { cause: answer.stderr.trim() }),
  }
}

/** An abbreviated commit has no meaning to a server: its tips, a repository at hand and the hosts' mirrors are asked. */
async function abbreviated(wish: Wish, branch: string, place: Place, asker: Asker): Promise<Found | undefined> {
  if (!maybeCommit(branch)) return undefined
  const short = branch.toLowerCase()
  const all = await place.run(askNames(wish))
  const tips = new Set([...parseRefs(all.stdout).commits.values()].filter((commit) => commit.startsWith(short)))
  const [tip] = tips
  if (tip !== undefined && tips.size === 1) return { commit: tip, ref: tip }
  const [here, ...hosts] = places(wish, asker)
  const answers = [
    here && (() => here.run(askCommit({ inside: asker.directory }, short, wish.timeout))),
    ...hosts.map((each) => () => each.run(askCommit({ mirror: wish.mirror ?? '' }, short, wish.timeout))),
  ]
  for (const ask of answers) {
    const answer = await ask?.()
    const commit = answer?.status === 0 ? answer.stdout.trim() : ''
    if (isCommit(commit)) return { commit, ref: commit }
  }
  return undefined
}

async function notFound(wish: Wish, place: Place): Promise<DragonfabError> {
  const { branch, name } = wish
  const all = await place.run(askNames(wish))
  const names = [...parseRefs(all.stdout).commits.keys()].map((ref) => ref.replace(/^refs\/(heads|tags)\//, ''))
  const meant = branch === undefined ? undefined : didYouMean(branch, names)
  if (names.length === 0) {
    return new DragonfabError({ code: 'GIT_EMPTY', message: `${name}: the repository has no branches`, remedy: 'push one' })
  }
  const abbreviation = branch !== undefined && maybeCommit(branch) ? 'give all 40 digits of a commit that is no tip' : undefined
  const some = names.slice(0, 8).join(', ')
  return new DragonfabError({
    code: 'GIT_BRANCH_NOT_FOUND',
    message: `${name}: there is no branch, tag or commit ${branch ?? 'master'}`,
    remedy: [meant, abbreviation, `it has ${some}${names.length > 8 ? ', …' : ''}`].filter(Boolean).join('; '),
  })
}
