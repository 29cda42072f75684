import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { startDeadline } from './deadline.ts'

describe('a deadline', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  it('stands still while a person is asked', async () => {
    const over = vi.fn()
    const limit = startDeadline(1_000, over)
    await vi.advanceTimersByTimeAsync(600)
    const asked = limit.pause(() => new Promise((resolve) => setTimeout(resolve, 60_000)))
    await vi.advanceTimersByTimeAsync(60_000)
    await asked
    await vi.advanceTimersByTimeAsync(390)
    expect(over).not.toHaveBeenCalled()
    await vi.advanceTimersByTimeAsync(20)
    expect(over).toHaveBeenCalledOnce()
  })

  it('that is stopped never comes, also when the question ends later', async () => {
    const over = vi.fn()
    const limit = startDeadline(1_000, over)
    const asked = limit.pause(() => new Promise((resolve) => setTimeout(resolve, 500)))
    limit.stop()
    await vi.advanceTimersByTimeAsync(5_000)
    await asked
    expect(over).not.toHaveBeenCalled()
  })
})
