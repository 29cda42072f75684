import { execFileSync } from 'node:child_process'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Mask, secretSpellings } from './mask.ts'

describe('a mask', () => {
  test('hides every spelling of a secret', () => {
    const secret = 'p4ss w\'rd\n"$x/+'
    const mask = new Mask([secret])
    for (const spelling of secretSpellings(secret)) expect(mask.maskText(`a ${spelling} b`)).not.toContain(spelling)
    for (const offset of ['', 'x', 'xy']) expect(mask.maskText(Buffer.from(`${offset}${secret}`).toString('base64'))).toContain('[secret]')
  })

  test('hides it wherever a stream is cut, and changes nothing else', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.constant('geheim-été'), fc.string({ unit: 'grapheme', maxLength: 9 })), { maxLength: 8 }),
        fc.array(fc.nat(200), { maxLength: 20 }),
        (pieces, cuts) => {
          const text = Buffer.from(pieces.join('')).toString()
          const bytes = Buffer.from(text)
          const stream = new Mask(['geheim-été']).maskStream()
          const at = [0, ...[...new Set(cuts.map((cut) => cut % (bytes.length + 1)))].sort((a, b) => a - b), bytes.length]
          let out = ''
          for (let index = 1; index < at.length; index++) out += stream.push(bytes.subarray(at[index - 1], at[index]))
          out += stream.end()
          expect(out).toBe(text.replaceAll('geheim-été', '[secret]'))
        },
      ),
      { numRuns: 300 },
    )
  })

  test('masks secrets that are revealed later, even in a stream that has started', () => {
    const found = new Set<string>()
    const mask = new Mask([], found)
    const stream = mask.maskStream()
    expect(stream.push(Buffer.from('open '))).toBe('open ')
    found.add('sesame')
    expect(stream.push(Buffer.from('sesa')) + stream.push(Buffer.from('me.')) + stream.end()).toBe('[secret].')
  })

  test.each([
    ['python', 'json.dumps'],
    ['python', 'urllib.parse.quote_plus'],
    ['python', 'html.escape'],
    ['python', 'shlex.quote'],
    ['bash', 'printf %q'],
  ])('hides what %s writes with %s', (program, by) => {
    const secret = `k\u00e9y "a/b" & $c+'d' <e>`
    const python = `import sys, json, html, shlex, urllib.parse; print(${by}(sys.argv[1]))`
    const argv = program === 'bash' ? ['-c', `${by} "$1"`, 'bash', secret] : ['-c', python, secret]
    const said = execFileSync(program === 'bash' ? 'bash' : 'python3', argv, {
      encoding: 'utf8',
      env: { ...process.env, LC_ALL: 'C.UTF-8' },
    })
    expect(new Mask([secret]).maskText(said)).toContain('[secret]')
  })

  test('secrets too short to hide leave the output readable', () => {
    expect(new Mask(['no']).maskText('no, not now')).toBe('no, not now')
  })
})
