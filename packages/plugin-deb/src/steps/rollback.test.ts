import { expect, test } from 'vitest'
import { chooseTarget } from './rollback.ts'

test('chooses the last good version that is not the installed one', () => {
  expect(chooseTarget({ web1: { installed: '1.2', versions: ['1.0', '1.1', '1.2'] } }, 'shop')).toBe('1.1')
  // Installed by other means, or removed.
  expect(chooseTarget({ web1: { installed: '2.0', versions: ['1.0', '1.1'] } }, 'shop')).toBe('1.1')
  expect(chooseTarget({ web1: { installed: '', versions: ['1.0'] } }, 'shop')).toBe('1.0')
})

test('does not guess if hosts differ or have no previous version', () => {
  const web1 = { installed: '1.2', versions: ['1.1', '1.2'] }
  expect(() => chooseTarget({ web1, web2: { installed: '1.2', versions: ['1.0', '1.2'] } }, 'shop')).toThrow('different versions')
  expect(() => chooseTarget({ web1: { installed: '1.2', versions: ['1.2'] } }, 'shop')).toThrow('no version of shop')
})
