/** Where a step runs. A tag, because a host may have any name, even `local`. */
export type StepTarget = { readonly kind: 'local' } | { readonly kind: 'host'; readonly name: string }

export const localTarget: StepTarget = { kind: 'local' }

export function hostTarget(name: string): StepTarget {
  return { kind: 'host', name }
}

/** For people. No host can be called `this machine`: names have no spaces. */
export function describeTarget(target: StepTarget): string {
  return target.kind === 'local' ? 'this machine' : target.name
}

/** A machine that is not one of the run's hosts. ssh_config decides whatever is left out. */
export interface SshDestination {
  readonly host: string
  readonly port?: number | undefined
  readonly user?: string | undefined
  readonly knownHosts?: readonly string[] | undefined
  readonly strictHostKeys?: 'yes' | 'ask' | 'accept-new' | undefined
  readonly identityFiles?: readonly string[] | undefined
}
