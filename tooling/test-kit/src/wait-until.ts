/** Waits for a condition instead of a time. Rejects after `limitMs` (default 15,000), and says for what it waited. */
export async function waitUntil<T>(what: string, condition: () => T | Promise<T>, limitMs = 15_000): Promise<NonNullable<T>> {
  const end = performance.now() + limitMs
  let pause = 2
  for (;;) {
    const value = await condition()
    if (value) return value
    if (performance.now() > end) throw new Error(`waited ${limitMs} ms in vain for ${what}`)
    await new Promise((resolve) => setTimeout(resolve, pause))
    pause = Math.min(pause * 1.5, 50)
  }
}

/** Waits for the next second: a release that begins in the second of the one before is planned anew, which a test that counts does not want. */
export async function waitForNextSecond(): Promise<void> {
  const second = (): number => Math.floor(Date.now() / 1000)
  const began = second()
  await waitUntil('the next second', () => second() > began)
}
