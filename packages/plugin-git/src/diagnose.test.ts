import { expect, test } from 'vitest'
import { diagnose } from './diagnose.ts'
import { exitStatus, failures } from './exit-statuses.ts'

test('gives every exit case its own status, in the range of guards', () => {
  const statuses = Object.values(exitStatus) as number[]
  expect(new Set(statuses).size).toBe(statuses.length)
  expect(Math.min(...statuses)).toBeGreaterThanOrEqual(64)
  expect(Math.max(...statuses)).toBeLessThanOrEqual(113)
  // 75 belongs to the check.
  expect(statuses).not.toContain(75)
  expect(Object.keys(failures)).toHaveLength(statuses.length)
})

// What the programs really print. The integration tests get most of it from them.
test.each([
  ['Host key verification failed.\nfatal: Could not read from remote repository.', 'hostKeyUnknown'],
  ['@ WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED! @\nHost key verification failed.', 'hostKeyChanged'],
  ['git@github.com: Permission denied (publickey).\nfatal: Could not read from remote repository.', 'denied'],
  ["fatal: could not read Username for 'https://github.com': terminal prompts disabled", 'denied'],
  ["remote: Repository not found.\nfatal: repository 'https://github.com/a/b/' not found", 'noRepository'],
  ["fatal: '/srv/x.git' does not appear to be a git repository", 'noRepository'],
  ['ssh: Could not resolve hostname nowhere: Name or service not known', 'unreachable'],
  ['ssh: connect to host 10.0.0.1 port 22: Connection timed out', 'unreachable'],
  ["fatal: unable to access 'https://x/': Failed to connect to x port 443: Connection refused", 'unreachable'],
  ["fatal: detected dubious ownership in repository at '/srv/x.git'", 'owner'],
  ["fatal: transport 'ext' not allowed", 'protocol'],
  ['error: file write error: No space left on device', 'noSpace'],
  ["fatal: cannot mkdir '/srv/shop': Permission denied", 'notWritable'],
  ['sh: 1: git: not found', 'noGit'],
  ['fatal: something new', 'other'],
])('%s', (output, exitCase) => {
  expect(diagnose(128, output)).toBe(exitCase)
})
