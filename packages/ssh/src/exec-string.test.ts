import { describe, expect, it } from 'vitest'
import { buildExecString } from './exec-string.ts'

describe('what SSH sends for an argv', () => {
  it('is readable where nothing needs quoting', () => {
    expect(buildExecString(['sh', '-c', 'IFS= read -r b && eval "$b"'])).toBe(`sh -c 'IFS= read -r b && eval "$b"'`)
    expect(buildExecString(['ls', '-l', '/srv/app'])).toBe('ls -l /srv/app')
  })

  it('keeps backslashes outside of quotes, for fish', () => {
    expect(buildExecString(['a\\b c\\'])).toBe("a\\\\'b c'\\\\")
    expect(buildExecString(['%self', ''])).toBe("'%self' ''")
  })

  it('sets variables and a directory by commands, not by requests that sshd would refuse', () => {
    expect(buildExecString(['id'], { env: { A: 'b c' } })).toBe("env 'A=b c' id")
    expect(buildExecString(['id'], { cwd: '/srv/a b' })).toBe(`sh -c 'cd -- "$1" || exit 126; shift; exec "$@"' sh '/srv/a b' id`)
  })

  it('refuses what cannot be sent', () => {
    expect(() => buildExecString([])).toThrow(expect.objectContaining({ code: 'SSH_COMMAND' }))
    expect(() => buildExecString(['a\0'])).toThrow(expect.objectContaining({ code: 'SHELL_NUL' }))
    expect(() => buildExecString(['id'], { env: { 'A B': '' } })).toThrow(expect.objectContaining({ code: 'SSH_COMMAND' }))
  })
})
