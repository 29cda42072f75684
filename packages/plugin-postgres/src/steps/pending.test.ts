import { describe, expect, test } from 'vitest'
import { pendingIn } from './pending.ts'

describe('pending migrations', () => {
  test('as Django lists its plan', () => {
    expect(pendingIn('[X]  auth.0001_initial\n[ ]  shop.0002_price\n[ ]  shop.0003_stock ... (shop.0002_price)\n')).toEqual([
      '[ ]  shop.0002_price',
      '[ ]  shop.0003_stock ... (shop.0002_price)',
    ])
  })
  test('as Django lists them by application', () => {
    expect(pendingIn('auth\n [X] 0001_initial\nshop\n [ ] 0002_price\nempty\n (no migrations)\n')).toEqual(['[ ] 0002_price'])
  })
  test('all of them applied, or none there', () => {
    expect(pendingIn('[X]  auth.0001_initial\n')).toEqual([])
    expect(pendingIn('(no migrations)\n')).toEqual([])
    expect(pendingIn('\n  \n')).toEqual([])
  })
  test('any other list: every line', () => {
    expect(pendingIn('002_price.sql\n\n003_stock.sql\r\n')).toEqual(['002_price.sql', '003_stock.sql'])
  })
})
