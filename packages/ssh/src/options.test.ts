import { describe, expect, it } from 'vitest'
import { makePrintable } from './options.ts'

describe('text from the other side', () => {
  it('cannot control a terminal', () => {
    expect(makePrintable('\x1b]0;title\x07\x1b[31mred\u009b\u202e')).toBe('?]0;title??[31mred??')
  })

  it('is one line, and not without end', () => {
    expect(makePrintable(' a\r\n b\tc ')).toBe('a b c')
    expect(makePrintable('x'.repeat(400))).toHaveLength(301)
  })
})
