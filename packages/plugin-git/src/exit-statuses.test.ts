import { expect, test } from 'vitest'
import { diagnose, exitCases, failures } from './exit-statuses.ts'

test('every outcome has a status of its own, free for guards', () => {
  const statuses = exitCases.map(({ status }) => status)
  expect(new Set(statuses).size).toBe(statuses.length)
  expect(Math.min(...statuses)).toBeGreaterThanOrEqual(64)
  expect(Math.max(...statuses)).toBeLessThanOrEqual(113)
  // 75 is the check's own.
  expect(statuses).not.toContain(75)
  expect(Object.keys(failures)).toHaveLength(exitCases.length)
})

// What the programs really say; the integration tests hear most of it from them.
test.each([
  ['Host key verification failed.\nfatal: Could not read from remote repository.', 'host-key-unknown'],
  ['@ WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED! @\nHost key verification failed.', 'host-key-changed'],
  ['git@github.com: Permission denied (publickey).\nfatal: Could not read from remote repository.', 'denied'],
  ["fatal: could not read Username for 'https://github.com': terminal prompts disabled", 'denied'],
  ["remote: Repository not found.\nfatal: repository 'https://github.com/a/b/' not found", 'no-repository'],
  ["fatal: '/srv/x.git' does not appear to be a git repository", 'no-repository'],
  ['ssh: Could not resolve hostname nowhere: Name or service not known', 'unreachable'],
  ['ssh: connect to host 10.0.0.1 port 22: Connection timed out', 'unreachable'],
  ["fatal: unable to access 'https://x/': Failed to connect to x port 443: Connection refused", 'unreachable'],
  ["fatal: detected dubious ownership in repository at '/srv/x.git'", 'owner'],
  ["fatal: transport 'ext' not allowed", 'protocol'],
  ['error: file write error: No space left on device', 'no-space'],
  ["fatal: cannot mkdir '/srv/shop': Permission denied", 'not-writable'],
  ['sh: 1: git: not found', 'no-git'],
  ['fatal: something new', 'other'],
])('%s', (said, kind) => {
  expect(diagnose(128, said)).toMatchObject({ kind })
})
