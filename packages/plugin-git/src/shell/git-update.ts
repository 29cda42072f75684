import { type Fragment, type ShellFunction, type ShellValue, sh, shellFunction } from '@dragonfab/core'
import { depthOf, trimSlashes } from '../names/path.ts'
import { attempt, explainFunctions, type GitEnvironment, gitEnvironment, gitFunction } from './environment.ts'
import { holds, makeMirror, obtain } from './mirror.ts'
import { checkPack, pack, ship } from './pack.ts'
import { submodules } from './submodules.ts'

/** Where a commit comes from. It is the same for a mirror on a host and for the cache on this machine. */
export interface CommitSource extends GitEnvironment {
  /** Without a password. */
  readonly url: string
  /** The branch or tag in the config. It is fetched if the server does not serve single commits. */
  readonly branch: string | undefined
  /** 40 hexadecimal digits. */
  readonly commit: string
  /** How many commits of history; 0 for all. */
  readonly depth: number
  /** Only this folder, `''` for all. */
  readonly folder: string
  readonly submodules: boolean
}

export interface MirrorPaths {
  readonly path: string
  /** If this file exists, the mirror exists. */
  readonly head: string
}

const depthOption = (depth: number): string => (depth > 0 ? `--depth=${depth}` : '')

/** Creates the mirror if there is none. */
export function prepareMirror(source: GitEnvironment & { readonly url: string }, mirror: MirrorPaths): Fragment {
  return sh`${gitEnvironment(source)}
${makeMirror} ${mirror.path} ${mirror.head} ${source.url}`
}

/** `stream repository commit folder prefix`: prints a commit as a tar stream on standard output, on this machine. */
const stream = shellFunction(
  'git_stream',
  sh`${checkPack} "$1" "$2" "$3"; { said=$( { ${pack} "$1" "$2" "$3" "$4" >&3; } 2>&1) || ${explainFunctions}; } 3>&1`,
)

/** Fetches the commit into the mirror and unpacks it into the release. */
export function updateRelease(source: CommitSource, mirror: MirrorPaths, release: string): Fragment {
  const folder = trimSlashes(source.folder)
  const text = sh`${gitEnvironment(source)}
mask=user release=${release} modules=${`${mirror.path}/modules`}
${obtain} ${mirror.path} ${source.url} ${source.commit} ${branchNameOf(source)} ${depthOption(source.depth)}
${ship} ${mirror.path} ${source.commit} ${folder} '' ${folder === '' ? 0 : depthOf(folder)}`
  return sh.join([text, source.submodules && shipSubmodules(ship, source, mirror.path, '')])
}

/** Combines the packs of many fetches. Nothing else uses the mirror, so unused objects are removed at once. */
export function tidyMirror(mirror: string, timeout: number): Fragment {
  return sh`${gitEnvironment({ timeout })}
${gitFunction} --git-dir=${mirror} -c gc.auto=6700 -c gc.autoDetach=false -c gc.pruneExpire=now gc --auto --quiet`
}

/** What is packed on this machine: a repository on its disk, read in place, or a mirror in the cache. */
export type PackSource = { readonly folder: string; readonly modules: string } | { readonly mirror: string; readonly modules: string }

/** On this machine: prints the commit as tar streams, one after the other, with full paths even if only a folder is wanted. */
export function packLocally(source: CommitSource, from: PackSource): Fragment {
  const folder = trimSlashes(source.folder)
  const text = sh`${gitEnvironment(source)}
stale='-mmin +15' mask=0002 modules=${from.modules}
${'folder' in from ? readInPlace(source, from.folder) : readMirror(source, from.mirror)}
${stream} "$where" ${source.commit} ${folder} '' 0`
  return sh.join([text, source.submodules && shipSubmodules(stream, source, sh`"$where"`, folder && `${folder}/`)])
}

const readInPlace = (
  source: CommitSource,
  folder: string,
): Fragment => sh`${attempt} ${gitFunction} -C ${folder} rev-parse || ${explainFunctions}
where=$(${gitFunction} -C ${folder} rev-parse --absolute-git-dir)
${holds} "$where" ${source.commit} || { said=${`commit ${source.commit} is not in ${source.url}`}; ${explainFunctions} 74; }`

const readMirror = (source: CommitSource, mirror: string): Fragment => sh`where=${mirror}
${makeMirror} "$where" "$where/HEAD" ${source.url}
${obtain} "$where" ${source.url} ${source.commit} ${branchNameOf(source)} ${depthOption(source.depth)}
${gitFunction} --git-dir="$where" -c gc.autoDetach=false gc --auto --quiet 2>/dev/null || :`

function shipSubmodules(ship: ShellFunction, source: CommitSource, repository: ShellValue, prefix: string): Fragment {
  return sh`ship=${ship}
${submodules} ${repository} ${source.commit} ${trimSlashes(source.folder)} ${source.url} ${prefix} ${depthOption(source.depth)}`
}

/** `refs/heads/x` as `x`; empty if the config names a commit. */
function branchNameOf({ branch, commit }: CommitSource): string {
  const name = (branch ?? '').replace(/^refs\/(heads|tags)\//, '')
  return commit.startsWith(name.toLowerCase()) ? '' : name
}
