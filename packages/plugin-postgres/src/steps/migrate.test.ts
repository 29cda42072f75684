import { describe, expect, test } from 'vitest'
import { parsePending } from './migrate.ts'

describe('pending migrations', () => {
  test('reads the plan that Django lists', () => {
    expect(parsePending('[X]  auth.0001_initial\n[ ]  shop.0002_price\n[ ]  shop.0003_stock ... (shop.0002_price)\n')).toEqual([
      '[ ]  shop.0002_price',
      '[ ]  shop.0003_stock ... (shop.0002_price)',
    ])
  })
  test('reads the list by application that Django prints', () => {
    expect(parsePending('auth\n [X] 0001_initial\nshop\n [ ] 0002_price\nempty\n (no migrations)\n')).toEqual(['[ ] 0002_price'])
  })
  test('finds none if all are applied or there are none', () => {
    expect(parsePending('[X]  auth.0001_initial\n')).toEqual([])
    expect(parsePending('(no migrations)\n')).toEqual([])
    expect(parsePending('\n  \n')).toEqual([])
  })
  test('counts every line of any other list', () => {
    expect(parsePending('002_price.sql\n\n003_stock.sql\r\n')).toEqual(['002_price.sql', '003_stock.sql'])
  })
})
