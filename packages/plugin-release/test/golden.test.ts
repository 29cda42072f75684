import { spawnSync } from 'node:child_process'
import { functionsIn, renderCalls, type Step, sh } from '@dragonfab/core'
import { expect, it } from 'vitest'
import { askReleases } from '../src/facts/host-releases.ts'
import { linkedOf } from '../src/linked/check.ts'
import { standing } from '../src/standing.ts'
import { check } from '../src/steps/check.ts'
import { cleanup } from '../src/steps/cleanup.ts'
import { create } from '../src/steps/create.ts'
import { discard } from '../src/steps/discard.ts'
import { environment } from '../src/steps/environment.ts'
import { checkLinked, link, tellMissing } from '../src/steps/linked.ts'
import { prepare, refuseCurrent } from '../src/steps/prepare.ts'
import { publish } from '../src/steps/publish.ts'
import { putBack } from '../src/steps/put-back.ts'
import { status } from '../src/steps/status.ts'
import { verify } from '../src/steps/verify.ts'

const layout = { path: '/srv/shop', releasesPath: '/srv/shop/releases', sharedPath: '/srv/shop/shared', currentPath: '/srv/shop/current' }
const linked = linkedOf(
  [
    { path: 'app/settings.py', missing: 'error' },
    { path: 'log/it.log', missing: 'link' },
  ],
  [{ path: 'media', missing: 'create' }],
)
const id = '250101-120000'
const writable = { sharedWritable: true }

const texts: Readonly<Record<string, Step | undefined>> = {
  'refuse-current': refuseCurrent(layout),
  prepare: prepare(layout, linked, writable),
  'check-linked': checkLinked(layout, linked, writable),
  'tell-missing': tellMissing(layout, [{ kind: 'file', path: 'conf/a b', missing: 'warn' }]),
  create: create(layout, id),
  link: link(layout, id, linked),
  environment: environment(layout, id, { A: '1', B: 'two words' }, { file: '.env', format: 'plain', group: 'www-data' })[0],
  publish: publish(layout, { verb: 'switch', release: id }),
  rollback: publish(layout, { verb: 'rollback', release: id }),
  verify: verify(layout, id),
  'put-back': putBack(layout, { verb: 'switch', release: id }),
  discard: discard(layout, id),
  cleanup: cleanup(layout, id, 5),
  check: check(layout, linked, { dotenvGroup: 'www-data' }),
  status: status(layout),
}

it('golden: what runs on a host, word for word, and every shell can parse it', async () => {
  const steps = Object.entries(texts).flatMap(([name, step]) => (step?.kind === 'shell' ? [[name, step.text] as const] : []))
  const named = [...steps, ['standing', standing(layout)] as const, ['ask releases', askReleases(layout)] as const]
  const functions = functionsIn(sh.join(named.map(([, text]) => text))).map(({ definition }) => definition)
  const bodies = named.map(([name, text]) => `# == ${name}\n${renderCalls(text, () => '"$S1"')}`)
  const all = [`# == functions\n${functions.join('\n')}`, ...bodies, ''].join('\n\n')
  for (const [program, ...args] of [['dash'], ['bash', '--posix'], ['busybox', 'sh']] as const) {
    const { status, stderr } = spawnSync(program, [...args, '-n'], { input: all, encoding: 'utf8' })
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  }
  // Look at the difference, then: npx vitest run packages/plugin-release/test/golden.test.ts -u
  await expect(all).toMatchFileSnapshot('golden/steps.sh')
})
