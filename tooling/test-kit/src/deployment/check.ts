import { existsSync, lstatSync, readdirSync, readlinkSync, realpathSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { runCommand } from '../command.ts'
import { listProcesses } from '../processes.ts'
import { describeDifference, findDifferingPaths, listGitTree } from '../tree.ts'
import type { Expectations, Violation } from './expectations.ts'
import { currentRelease, type DeploymentState, goodReleases, observeDeployment } from './observe.ts'

/**
 * The invariants of a deployment directory, whatever was interrupted:
 *
 * - a: `current` leads to a directory under `releases` that has a complete mark and no bad one
 * - b: every complete release holds exactly the files of its REVISION (where the trees are given)
 * - c: `shared` is as before, except what was declared
 * - d: there are at least min(keep, before) good releases
 * - e: where there was a release to roll back to, there is one
 * - f: nothing temporary is left (when settled)
 * - g: no process of the run is left
 * - h: the exit status tells what the host shows
 *
 * Gives everything that is broken; nothing is changed.
 */
export async function checkDeployment(path: string, expectations: Expectations = {}): Promise<Violation[]> {
  const state = observeDeployment(path)
  return [
    ...asViolations('a', checkCurrent(state, expectations)),
    ...asViolations('b', checkFiles(state, expectations)),
    ...asViolations('c', checkShared(state, expectations)),
    ...asViolations('d', checkCount(state, expectations)),
    ...asViolations('e', checkTarget(state, expectations)),
    ...asViolations('f', expectations.settled ? await checkLeftovers(state, expectations) : []),
    ...asViolations('g', await checkProcesses(path, expectations)),
    ...asViolations('h', checkStatus(state, expectations)),
  ]
}

/** As {@link checkDeployment}, and throws where anything is broken. */
export async function assertDeployment(path: string, expectations: Expectations = {}): Promise<void> {
  const broken = await checkDeployment(path, expectations)
  if (broken.length > 0) throw new Error(`${path}:\n${broken.map(({ check, message }) => `  (${check}) ${message}`).join('\n')}`)
}

function asViolations(check: Violation['check'], messages: readonly string[]): Violation[] {
  return messages.map((message) => ({ check, message }))
}

function checkCurrent(state: DeploymentState, { before, run }: Expectations): string[] {
  if ('wrong' in state.current) return [`current ${state.current.wrong}`]
  const id = currentRelease(state)
  if (id === undefined) return before && currentRelease(before) === undefined && run?.status !== 0 ? [] : ['there is no current']
  const release = state.releases.find((one) => one.id === id)
  // A run that says that it could not put back may leave what it switched to.
  const bad = release?.bad && run?.status !== 4 && run?.status !== 5
  return [
    ...(release?.complete ? [] : [`current is ${id}, which has no complete mark`]),
    ...(bad ? [`current is ${id}, which is bad`] : []),
  ]
}

function checkFiles(state: DeploymentState, { trees }: Expectations): string[] {
  if (!trees) return []
  return state.releases
    .filter((release) => release.complete)
    .flatMap((release) => {
      const tree = trees.get(release.revision ?? '')
      if (!tree) return [`release ${release.id} is complete, and its REVISION is ${release.revision ?? 'missing'}`]
      const directory = join(state.path, 'releases', release.id)
      const found = listGitTree(directory)
      // What hooks add (REVISION, builds) is theirs; what the commit has must be there.
      const wrong = [...tree.keys()].filter((path) => tree.get(path) !== found.get(path) && !isLinkedToShared(state.path, directory, path))
      const [first] = wrong
      if (first === undefined) return []
      return [`release ${release.id} differs from ${release.revision} in ${wrong.length} files: ${describeDifference(first, tree, found)}`]
    })
}

function checkShared(state: DeploymentState, { before, sharedMayChange = [] }: Expectations): string[] {
  if (!before) return []
  const isDeclared = (path: string) => sharedMayChange.some((may) => path === may || path.startsWith(`${may}/`))
  return findDifferingPaths(before.shared, state.shared)
    .filter((path) => !isDeclared(path))
    .map((path) => `shared/${describeDifference(path, before.shared, state.shared)}`)
}

function checkCount(state: DeploymentState, { before, keep = 5 }: Expectations): string[] {
  const least = Math.min(keep, before ? goodReleases(before).length : 0)
  const good = goodReleases(state).length
  return good < least ? [`${good} good releases are left of ${least}`] : []
}

function checkTarget(state: DeploymentState, { before }: Expectations): string[] {
  const others = (of: DeploymentState) => goodReleases(of).filter((id) => id !== currentRelease(of))
  if (!before || others(before).length === 0 || currentRelease(before) === undefined) return []
  return others(state).length > 0 ? [] : ['there is no release left to roll back to']
}

const ownFiles = ['current', 'releases', 'shared', 'repo', '.dragonfab']

async function checkLeftovers(state: DeploymentState, { foreign = [] }: Expectations): Promise<string[]> {
  const exists = (directory: string) => (existsSync(join(state.path, directory)) ? readdirSync(join(state.path, directory)) : [])
  const known = new Set(state.releases.map((release) => release.id))
  const marks = ['complete', 'bad', 'begun'].flatMap((kind) =>
    exists(`.dragonfab/${kind}`).map((id) => ({ id, path: `.dragonfab/${kind}/${id}` })),
  )
  // The last run's own notes stay until the next run; the next one clears them.
  const runs = exists('.dragonfab/run')
  return [
    ...exists('.').filter((name) => !ownFiles.includes(name) && !foreign.includes(name)),
    ...state.releases.filter((release) => !release.complete && !release.bad).map((release) => `releases/${release.id}`),
    ...marks.filter(({ id }) => !known.has(id)).map(({ path }) => path),
    ...['trash', 'switching', 'switching.new'].filter((name) => exists('.dragonfab').includes(name)).map((name) => `.dragonfab/${name}`),
    ...(runs.length > 1 ? [`.dragonfab/run/{${runs.join(',')}}`] : []),
    ...((await isLocked(join(state.path, '.dragonfab/lock'))) ? ['the lock'] : []),
  ].map((what) => `${what} is left`)
}

/** The lock is flock(2) on the file; that the file exists says nothing. */
async function isLocked(file: string): Promise<boolean> {
  return existsSync(file) && (await runCommand(['flock', '--nonblock', '--conflict-exit-code', '75', file, 'true'])).status === 75
}

async function checkProcesses(path: string, expectations: Expectations): Promise<string[]> {
  const { processMarker, processesExcept = [], processLimitMs = 15_000 } = expectations
  if (processMarker === undefined) return []
  const real = existsSync(path) ? realpathSync(path) : path
  const listLeftovers = () =>
    listProcesses().filter(({ pid, command, cwd, state }) => {
      if (pid === process.pid || state === 'Z' || processesExcept.includes(pid)) return false
      return (processMarker !== '' && command.includes(processMarker)) || cwd === real || cwd?.startsWith(`${real}/`)
    })
  const end = performance.now() + processLimitMs
  // The verdict is that of the last look. Looking once more would find a clean-up that began after the host was quiet.
  let found = listLeftovers()
  while (found.length > 0 && performance.now() < end) {
    await new Promise((resolve) => setTimeout(resolve, 20))
    found = listLeftovers()
  }
  return found.map(({ pid, command, cwd }) => `process ${pid} is left in ${cwd}: ${command}`)
}

function checkStatus(state: DeploymentState, { before, run }: Expectations): string[] {
  if (!before || !run) return []
  const now = currentRelease(state)
  const then = currentRelease(before)
  const isDone = run.done === 'none' ? now === then : run.done === 'new' ? isNew(now, before) : now === run.done
  if (run.status === 0) return isDone ? [] : [`exit status 0, and current is ${now ?? 'missing'} (was ${then ?? 'missing'})`]
  // 4 and 5 say that it may be either; an interrupted or killed run (above 128) says nothing, but must have left one of the two.
  if (run.status === 4 || run.status === 5 || run.status > 128)
    return isDone || now === then ? [] : [`exit status ${run.status}, and current is ${now ?? 'missing'}`]
  return now === then ? [] : [`exit status ${run.status}, but current went from ${then ?? 'missing'} to ${now ?? 'missing'}`]
}

function isNew(id: string | undefined, before: DeploymentState): boolean {
  return id !== undefined && !before.releases.some((release) => release.id === id && release.complete)
}

/** What a release links to `shared` is not what the repository ships there, and must not be. */
function isLinkedToShared(root: string, release: string, file: string): boolean {
  for (let path = file; path !== '.'; path = dirname(path)) {
    const at = Buffer.concat([Buffer.from(`${release}/`), Buffer.from(path, 'latin1')])
    if (!lstatSync(at, { throwIfNoEntry: false })?.isSymbolicLink()) continue
    const target = readlinkSync(at, 'latin1')
    return [join(root, 'shared'), join(realpathSync(root), 'shared')].some((shared) => target.startsWith(`${shared}/`))
  }
  return false
}
