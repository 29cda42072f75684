import { describe, expect, it } from 'vitest'
import { createGate } from './gate.ts'

describe('a gate', () => {
  it('lets so many in at once, and the others in order', async () => {
    const { enter } = createGate(2)
    let inside = 0
    let most = 0
    const order: number[] = []
    await Promise.all(
      Array.from({ length: 9 }, async (_, index) => {
        const leave = await enter()
        order.push(index)
        most = Math.max(most, ++inside)
        await new Promise((resolve) => setTimeout(resolve, index % 3))
        inside--
        leave()
        leave()
      }),
    )
    expect(most).toBe(2)
    expect(order).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8])
  })
})
