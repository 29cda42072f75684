import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Executor, hide } from '@dragonfab/core'
import { rounds } from '@dragonfab/test-kit'
import { afterEach, describe, expect, test } from 'vitest'
import { Session } from '../src/index.ts'
import { localExecutor } from '../src/local-executor.ts'
import { takeLockScript } from '../src/lock.ts'
import { buildPrelude } from '../src/prelude.ts'

const open: Session[] = []
afterEach(() => {
  for (const session of open.splice(0)) session.close()
})

/** The session in a shell of our choice instead of the host's `sh`. */
async function start(shell: readonly string[], before: readonly string[] = [], written?: string[]): Promise<Session> {
  const local = localExecutor()
  const executor: Executor = {
    ...local,
    async open(argv, options) {
      const command = await local.open([...before, ...shell, ...argv.slice(1)], options)
      if (!written) return command
      const write = command.write.bind(command)
      return Object.assign(command, {
        write(chunk: string | Uint8Array) {
          written.push(String(chunk))
          return write(chunk)
        },
      })
    },
  }
  const session = await Session.open(executor)
  open.push(session)
  return session
}

const state = (): string => join(mkdtempSync(join(tmpdir(), 'dragonfab-session-')), 'state')
const variables = (folder: string): string =>
  `${buildPrelude({ stateDir: folder }, 'r1', { owner: 'me', machine: 'here', pid: 1 }, new Map([['DF_S1', hide("horse's battery")]]))}\nDF_OWNER='{"owner":"me"}'\nDF_ANYWAY=no`

async function lock(session: Session, folder: string): Promise<string> {
  let told = ''
  await session.evaluate(`${variables(folder)}\n${takeLockScript}`, {
    onMessage: (words) => {
      told = words.join(' ')
    },
  })
  return told
}

describe.each([[['dash']], [['bash']], [['busybox', 'sh']]])('a session in %s', (shell) => {
  test('gives output byte for byte, on both streams, and the status', async () => {
    const session = await start(shell)
    const said = await session.capture("printf 'é\\377\\000x'; printf 'no newline' >&2; exit 7")
    expect(said).toMatchObject({ status: 7, stderr: 'no newline' })
    const bytes: Buffer[] = []
    await session.run("printf 'é\\377\\000x\\r\\n'", {
      onOutput: (_stream, chunk) => {
        bytes.push(Buffer.from(chunk))
      },
    })
    expect(Buffer.concat(bytes)).toEqual(Buffer.from([0xc3, 0xa9, 0xff, 0, 0x78, 13, 10]))
  })

  test('scripts that are given at once run one after the other, and each has its own output', async () => {
    const session = await start(shell)
    const names = ['one', 'two', 'three']
    const said = await Promise.all(names.map((name) => session.capture(`echo ${name}; sleep 0.1; echo ${name}; [ ${name} != two ]`)))
    expect(said).toMatchObject(names.map((name) => ({ stdout: `${name}\n${name}\n`, status: name === 'two' ? 1 : 0 })))
  })

  test('does not count the process that feeds the sudo password as left running, and stop does not wait for it', async () => {
    // Of another user, it hears no TERM.
    const session = await start(shell, ['sh', '-c', 'trap : TERM; { trap "" TERM; exec cat; } | "$@"', 'sh'])
    let left: readonly string[] = []
    const events = {
      onLeftover: (pids: readonly string[]) => {
        left = pids
      },
    }
    expect(await session.run('true', events, { last: true })).toEqual({ status: 0 })
    expect(left).toEqual([])
    expect(await session.run('sleep 30 >/dev/null 2>&1 &', events, { last: true })).toEqual({ status: 0 })
    expect(left).toHaveLength(1)
    await session.stop()
    expect(await session.capture('echo here')).toMatchObject({ status: 0, stdout: 'here\n' })
  })

  test('what a script does to itself stays in it: syntax errors, exit, readers of input, variables', async () => {
    const session = await start(shell)
    expect((await session.capture('echo "unbalanced')).status).not.toBe(0)
    expect((await session.capture('cat; exit 3; echo never')).status).toBe(3)
    expect(await session.capture('x=1; cd /tmp; exec sh -c "echo replaced"')).toMatchObject({ status: 0, stdout: 'replaced\n' })
    expect(await session.capture('echo "${x-unset}"; kill -9 $$ 2>/dev/null || :')).toMatchObject({ stdout: 'unset\n' })
  })

  test('reports steps live, although they are one script', async () => {
    const session = await start(shell)
    const seen: string[] = []
    const text = 'begin 0\n(enter\necho one\n)\nfinish 0 $? || exit\nbegin 1\n(enter\nfalse\necho never\n)\nfinish 1 $? || exit\nbegin 2'
    const end = await session.run(text, {
      onBegin: (step) => void seen.push(`begin ${step}`),
      onOutput: (stream, chunk) => {
        seen.push(`${stream} ${chunk}`)
      },
      onFinish: (step, status) => void seen.push(`finish ${step} ${status}`),
    })
    expect(end.status).toBe(1)
    expect(seen.join('|').replace('|stdout \n', '\n')).toBe('begin 0|stdout one\n|finish 0 0|begin 1|finish 1 1')
  })

  test('has the functions that scripts name, each sent once; a definition that is broken ends only the scripts that need it', async () => {
    const written: string[] = []
    const session = await start(shell, [], written)
    const planned = (name: string, text: string) => ({ name, text, hash: text })
    const one = planned('probe_one', 'probe_one() { echo "one $1"; }')
    const two = planned('probe_two', 'probe_two() {\n# Calls another.\nprobe_one "$1" && echo two\n}')
    const broken = planned('probe_broken', 'probe_broken() { echo "open; }')
    const ask = async (text: string, ...library: (typeof one)[]) => {
      const said: Buffer[] = []
      const end = await session.run(text, { onOutput: (_stream, chunk) => void said.push(Buffer.from(chunk)) }, { library })
      return { ...end, said: Buffer.concat(said).toString() }
    }
    expect(await ask('probe_two x', one, two)).toEqual({ status: 0, said: 'one x\ntwo\n' })
    const failed = await ask('echo never', one, broken)
    expect(failed.status).toBe(126)
    expect(failed.said).toMatch(/syntax error|unexpected EOF|[Uu]nterminated/)
    expect(await ask('probe_two y', one, two)).toEqual({ status: 0, said: 'one y\ntwo\n' })
    expect((await ask('echo never', broken)).status).toBe(126)
    expect(await ask('probe_one z', planned('probe_one', 'probe_one() { echo "new $1"; }'))).toEqual({ status: 0, said: 'new z\n' })
    expect(written.filter((each) => each.includes('probe_two()'))).toHaveLength(1)
    // The definitions and the script that they are for travel together.
    expect(written.find((each) => each.includes('probe_two()'))).toContain('probe_two x')
  })

  test('a child in the background does not hold a script up, and is noted', async () => {
    const session = await start(shell)
    let left: readonly string[] = []
    const end = await session.run(
      'sleep 600 & echo ok',
      {
        onLeftover: (pids) => {
          left = pids
        },
      },
      { last: true },
    )
    expect(end.status).toBe(0)
    expect(left).toHaveLength(1)
    process.kill(Number(left[0]))
  })

  test('stop ends what runs, waits for it, and keeps the session', async () => {
    const session = await start(shell)
    const folder = state()
    await lock(session, folder)
    const running = session.run(
      'trap "sleep 0.3; echo ended >>$DF_STATE/log; exit" TERM; touch "$DF_STATE/up"; while :; do sleep 0.05; done',
      {},
    )
    await expect.poll(() => execFileSync('ls', [folder]).toString(), { timeout: 5000 }).toContain('up')
    await session.stop()
    expect((await running).status).toBeUndefined()
    expect(readFileSync(join(folder, 'log'), 'utf8')).toBe('ended\n')
    expect(await session.capture('echo alive')).toMatchObject({ status: 0, stdout: 'alive\n' })
  })

  test('runs scripts to their end that are sent while it stops, to undo the task', async () => {
    const session = await start(shell)
    const stopped = session.stop()
    const back = session.capture('sleep 0.3; echo back')
    await stopped
    expect(await back).toMatchObject({ status: 0, stdout: 'back\n' })
  })

  test('kills processes that ignore signals after ten seconds, even if the machine is slow', async () => {
    const session = await start(shell)
    const folder = state()
    await lock(session, folder)
    // Each look takes four seconds by this clock, as on a machine that is busy with thousands of processes.
    await session.evaluate('echo 0 >"$DF_STATE/clock"; date() { n=$(($(cat "$DF_STATE/clock") + 4)); echo "$n" | tee "$DF_STATE/clock"; }')
    const running = session.run(`trap '' TERM; touch "$DF_STATE/up"; sleep 600`, {})
    await expect.poll(() => execFileSync('ls', [folder]).toString(), { timeout: 5000 }).toContain('up')
    const since = performance.now()
    await session.stop()
    expect(performance.now() - since).toBeLessThan(4000)
    expect((await running).status).toBeUndefined()
    expect(await session.capture('echo alive')).toMatchObject({ status: 0, stdout: 'alive\n' })
  })

  test('if the client goes away, ends running steps, waits for them, and only then releases the lock', async () => {
    const session = await start(shell)
    const folder = state()
    expect(await lock(session, folder)).toBe('locked')
    // Whoever prints after the client has gone is ended by SIGPIPE, hence the redirection.
    void session.run(
      'exec >/dev/null 2>&1; trap "sleep 0.5; echo ended >$DF_STATE/ended; exit" TERM; touch "$DF_STATE/up"; while :; do sleep 0.05; done',
      {},
    )
    await expect.poll(() => execFileSync('ls', [folder]).toString(), { timeout: 5000 }).toContain('up')
    session.close()
    const next = await start(shell)
    await expect.poll(() => lock(next, folder), { timeout: 5000, interval: 20 }).toBe('locked')
    expect(readFileSync(join(folder, 'ended'), 'utf8')).toBe('ended\n')
  })

  test('half a frame is never evaluated', async () => {
    const folder = state()
    execFileSync('mkdir', ['-p', folder])
    const { loopScript: loop, readerScript: reader, sessionArgv } = await import('../src/index.ts')
    const command = await localExecutor().open([...shell, ...sessionArgv.slice(1)])
    await command.write(`${reader}\nNONCE\n${loop}NONCE\nrun 1\ntouch ${folder}/half\n`)
    command.end()
    await command.done
    expect(execFileSync('ls', [folder]).toString()).toBe('')
  })

  test('secrets are variables of the shell alone', async () => {
    const session = await start(shell)
    await session.evaluate(variables(state()))
    expect(
      await session.capture(
        'printf %s "$DF_S1"; env | grep -c "horse.s battery" || :; tr "\\0" "\\n" </proc/$$/environ | grep -c "horse.s battery" || :',
      ),
    ).toMatchObject({ stdout: "horse's battery0\n0\n" })
  })

  test('a step that survives continues without its client, holds the lock, and leaves output and status', async () => {
    const session = await start(shell)
    const folder = state()
    await lock(session, folder)
    void session.run(
      'survive 0 <<\'END\'\ntouch "$STATE_HERE/up"; sleep 1; echo "done $DF_S1"; exit 4\nEND'.replace('$STATE_HERE', folder),
      {},
    )
    await expect.poll(() => execFileSync('ls', [folder]).toString(), { timeout: 5000 }).toContain('up')
    session.close()
    const next = await start(shell)
    expect(await lock(next, folder)).toMatch(/^held /)
    await expect.poll(() => lock(next, folder), { timeout: 5000, interval: 100 }).toBe('locked')
    expect(readFileSync(join(folder, 'survived/r1-0.out'), 'utf8')).toBe("done horse's battery\n")
    expect(readFileSync(join(folder, 'survived/r1-0.status'), 'utf8')).toBe('4\n')
  })

  const contests = rounds({ quick: 5, long: 50 })
  test(`${contests} rounds of two that want the lock: one has it, the other is told who, and leaves it alone`, async () => {
    const folder = state()
    const [a, b] = [await start(shell), await start(shell)]
    for (let round = 0; round < contests; round++) {
      const answers = await Promise.all([lock(a, folder), lock(b, folder)])
      expect(answers.filter((answer) => answer === 'locked')).toHaveLength(1)
      expect(answers.find((answer) => answer !== 'locked')).toMatch(/^held \d+ \d+ \{"owner":"me"\}$/)
      const [winner, loser] = answers[0] === 'locked' ? [a, b] : [b, a]
      expect(await lock(loser, folder)).toMatch(/^held /)
      await winner.evaluate(': >"$DF_STATE/lock"; exec 9>&-')
    }
  })
})
