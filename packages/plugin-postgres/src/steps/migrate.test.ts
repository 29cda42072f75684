import { describe, expect, test } from 'vitest'
import { parsePending } from './migrate.ts'

describe('pending migrations', () => {
  test('as Django lists its plan', () => {
    expect(parsePending('[X]  auth.0001_initial\n[ ]  shop.0002_price\n[ ]  shop.0003_stock ... (shop.0002_price)\n')).toEqual([
      '[ ]  shop.0002_price',
      '[ ]  shop.0003_stock ... (shop.0002_price)',
    ])
  })
  test('as Django lists them by application', () => {
    expect(parsePending('auth\n [X] 0001_initial\nshop\n [ ] 0002_price\nempty\n (no migrations)\n')).toEqual(['[ ] 0002_price'])
  })
  test('all of them applied, or none there', () => {
    expect(parsePending('[X]  auth.0001_initial\n')).toEqual([])
    expect(parsePending('(no migrations)\n')).toEqual([])
    expect(parsePending('\n  \n')).toEqual([])
  })
  test('any other list: every line', () => {
    expect(parsePending('002_price.sql\n\n003_stock.sql\r\n')).toEqual(['002_price.sql', '003_stock.sql'])
  })
})
