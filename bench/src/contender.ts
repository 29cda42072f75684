/** One of several programs that do the same job and are compared. */
export interface Contender {
  readonly name: string
  /** Does the job once, as a whole process. Throws if it fails. */
  run(): Promise<Effort>
}

export interface Effort {
  /** Milliseconds from its start to its end. */
  readonly ms: number
  /** CPU time of the process and of all processes that it started on this machine. */
  readonly cpuMs: number
}

/**
 * Lets contenders take turns, A B C A B C …, so that other load on the machine affects all of them equally. Each round starts with another
 * contender, so that none always runs after the same one. `between` prepares each round.
 */
export async function interleave(
  contenders: readonly Contender[],
  options: {
    readonly rounds: number
    readonly between?: (() => Promise<void>) | undefined
    readonly after?: ((name: string) => Promise<void>) | undefined
  },
): Promise<ReadonlyMap<string, readonly Effort[]>> {
  const times = new Map(contenders.map(({ name }) => [name, [] as Effort[]]))
  for (let round = 0; round < options.rounds; round++) {
    await options.between?.()
    for (let turn = 0; turn < contenders.length; turn++) {
      const contender = contenders[(round + turn) % contenders.length]
      if (!contender) continue
      times.get(contender.name)?.push(await contender.run())
      await options.after?.(contender.name)
    }
  }
  return times
}
