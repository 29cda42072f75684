/** One of those that do the same job side by side. */
export interface Contender {
  readonly name: string
  /** Does the job once, as a whole process. Throws when it failed. */
  run(): Promise<Effort>
}

export interface Effort {
  /** From its start to its end. */
  readonly ms: number
  /** CPU of the process and of all that it started here. */
  readonly cpuMs: number
}

/**
 * Lets contenders take turns, A B C A B C …, so that what else the machine does meets all alike. Which one begins moves on from round to round: none
 * always runs after the same other one. `between` prepares each round.
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
