import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { render } from '@dragonfab/core'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { checkLogs } from './check-logs.ts'

let project: string
beforeEach(() => {
  project = mkdtempSync(join(tmpdir(), 'dragonfab-logs-'))
  mkdirSync(join(project, 'configs'))
})
afterEach(() => rmSync(project, { recursive: true }))

test.each([
  ['stdout_logfile = /srv/shop/shared/log/out.log', 80, 'configs/web.conf logs into shared/, where supervisord would write as root\n'],
  ['stderr_logfile=%(here)s/../shared/err.log', 80, 'configs/web.conf logs into shared/, where supervisord would write as root\n'],
  ['stdout_logfile = /var/log/shop.log', 0, ''],
  ['; stdout_logfile = /srv/shop/shared/log/out.log', 0, ''],
])('%s', (line, status, stderr) => {
  writeFileSync(join(project, 'configs/web.conf'), `[program:shop]\n${line}\n`)
  const step = checkLogs({ sharedPath: '/srv/shop/shared' })
  const text = step.kind === 'shell' ? render(step.text) : ''
  expect(spawnSync('sh', ['-eu', '-c', text], { cwd: project, encoding: 'utf8' })).toMatchObject({ status, stderr })
})
