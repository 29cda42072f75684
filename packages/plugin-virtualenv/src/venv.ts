import { type Secret, usageError } from '@dragonfab/core'
import { parseActivateFile, splitWords } from './words.ts'

/** The paths of plugin-release. */
export interface ReleasePaths {
  readonly releasePath: string
  readonly releasesPath: string
  readonly currentPath: string
}

/** The options of both plugins that build a venv. */
export interface BuildOptions {
  readonly tool: 'venv' | 'virtualenv' | 'uv'
  readonly executive: string | undefined
  readonly python: string
  readonly requirements: string
  readonly pipUpgrade: boolean
  readonly index: boolean
  readonly indexUrl: Secret | undefined
  readonly wheelhouse: string | undefined
  readonly venvsPath: string
  readonly activate: string | undefined
}

/** A venv to build, with all its paths. */
export interface Venv {
  readonly release: string
  readonly releases: string
  readonly current: string
  /** The link to the venv in the release. If the venv depends on the release, the venv itself. */
  readonly releaseVenv: string
  /** A path outside the release that points to the live release's venv. */
  readonly externalLink: string | undefined
  /** The option with its path, for messages. */
  readonly variable: string
  readonly options: Omit<BuildOptions, 'executive'> & { readonly executive: readonly string[] | undefined }
}

/**
 * @param name the plugin, for messages
 * @param path the option with the path of the venv
 */
export function resolveVenv(
  env: ReleasePaths,
  name: string,
  path: { readonly option: string; readonly value: string },
  options: BuildOptions,
): Venv {
  const { releasePath: release, releasesPath: releases, currentPath: current } = env
  const givenPath = trimPath(path.value)
  // `current` still points to the previous release, but a path through it means the new release.
  const resolvedPath = givenPath.startsWith(`${current}/`) ? `${release}${givenPath.slice(current.length)}` : givenPath
  const isInRelease = resolvedPath.startsWith(`${release}/`)
  if (
    !resolvedPath.startsWith('/') ||
    resolvedPath.split('/').includes('..') ||
    (!isInRelease && (resolvedPath === current || resolvedPath === release || resolvedPath.startsWith(`${releases}/`)))
  ) {
    throw usageError({
      code: 'VENV_PATH',
      message: `${name}.${path.option}: ${JSON.stringify(path.value)} should be a path in the release, or an absolute one outside of releases`,
      remedy: 'remove it: by default, the venv is `venv` in each release',
    })
  }
  if (!options.index && options.indexUrl !== undefined) {
    throw usageError({
      code: 'VENV_INDEX',
      message: `${name}.index is false, but ${name}.indexUrl is set`,
      remedy: 'remove one of them',
    })
  }
  if (!options.index && options.wheelhouse === undefined) {
    throw usageError({
      code: 'VENV_INDEX',
      message: `${name}.index is false, but ${name}.wheelhouse is not set`,
      remedy: `set ${name}.wheelhouse`,
    })
  }
  const activate = options.activate === undefined ? undefined : trimPath(parseActivateFile(options.activate))
  const isOwnActivate = activate === `${givenPath}/bin/activate` || activate === `${resolvedPath}/bin/activate`
  return {
    release,
    releases,
    current,
    releaseVenv: isInRelease ? resolvedPath : `${release}/venv`,
    externalLink: isInRelease ? undefined : resolvedPath,
    variable: `${name}.${path.option}`,
    options: {
      ...options,
      executive: options.executive === undefined ? undefined : splitWords(options.executive),
      activate: isOwnActivate ? undefined : activate,
    },
  }
}

/** Without double and trailing slashes, which formatting may leave. */
export function trimPath(path: string): string {
  return path.replace(/\/+/g, '/').replace(/(?<=.)\/$/, '')
}
