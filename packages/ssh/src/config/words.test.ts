import { describe, expect, it } from 'vitest'
import { parseKeyword, splitConfigWords } from './words.ts'

describe('a line of ssh_config', () => {
  it('is a keyword and words, with quotes and a comment at the end', () => {
    expect(parseKeyword('  HostName = web1  ')).toEqual({ keyword: 'hostname', rest: 'web1' })
    expect(parseKeyword('Port 22')).toEqual({ keyword: 'port', rest: '22' })
    expect(parseKeyword('# Port 22')).toBeUndefined()
    expect(splitConfigWords(`a "b c" 'd e' f\\ g h\\"i # j`)).toEqual(['a', 'b c', 'd e', 'f g', 'h"i'])
    expect(splitConfigWords('a#b "#c"')).toEqual(['a#b', '#c'])
  })

  it('with a quote that is not closed is no line', () => {
    expect(splitConfigWords('"a b')).toBeUndefined()
  })
})
