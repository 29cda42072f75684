import { request as askHttp } from 'node:http'
import { request as askHttps } from 'node:https'
import { connect } from 'node:net'
import { collect, type Executor, isSecret, reveal } from '@dragonfab/core'
import { type Check, type CommandCheck, expectationOf, type HttpCheck, nameOf, type TcpCheck } from '../check.ts'

/** The result of one try. */
export interface TryResult {
  readonly healthy: boolean
  readonly message: string
}

interface TryOptions {
  readonly local: Executor
  readonly directory: string
  readonly seconds: number
  readonly signal: AbortSignal
}

const maxBodyBytes = 65_536

/** One try of a check, from this machine. */
export async function ask(check: Check, { local, directory, seconds, signal }: TryOptions): Promise<TryResult> {
  const deadline = AbortSignal.any([signal, AbortSignal.timeout(seconds * 1000)])
  try {
    if (check.kind === 'http') return await http(check, deadline)
    if (check.kind === 'tcp') return await tcp(check, deadline)
    return await command(check, local, directory, deadline)
  } catch (error) {
    signal.throwIfAborted()
    const failureReason = deadline.aborted ? `no answer within ${seconds} s` : errorReason(error)
    const expectation =
      check.kind === 'http' ? `answer ${expectationOf(check)}` : check.kind === 'tcp' ? 'accept connections' : 'exit with status 0'
    return { healthy: false, message: `${nameOf(check)} should ${expectation}, but did not: ${failureReason}` }
  }
}

function http(check: HttpCheck, signal: AbortSignal): Promise<TryResult> {
  return new Promise((resolve, reject) => {
    const url = new URL(check.url)
    const headers = Object.fromEntries(
      Object.entries(check.headers).map(([name, value]) => [name, isSecret(value) ? reveal(value) : value] as const),
    )
    const requestOptions = { headers, signal, agent: false, rejectUnauthorized: !check.insecure }
    const request = (url.protocol === 'https:' ? askHttps : askHttp)(url, requestOptions, (response) => {
      const chunks: Buffer[] = []
      let size = 0
      const done = () =>
        resolve(judgeAnswer(check, String(response.statusCode), Buffer.concat(chunks).subarray(0, maxBodyBytes).toString()))
      response.on('data', (chunk: Buffer) => {
        chunks.push(chunk)
        size += chunk.length
        if (size < maxBodyBytes) return
        done()
        response.destroy()
      })
      response.once('end', done).once('error', reject)
    })
    request.once('error', reject).end()
  })
}

function judgeAnswer(check: HttpCheck, code: string, body: string): TryResult {
  const { status, contains, matches, url } = check
  const healthy =
    status.some((each) => each === code || each === `${code.charAt(0)}xx`) &&
    (contains === undefined || body.includes(contains)) &&
    (matches === undefined || body.split('\n').some((line) => new RegExp(matches).test(line.replace(/\r$/, ''))))
  return {
    healthy,
    message: healthy ? `${url} answered ${code}` : `${url} should answer ${expectationOf(check)}, but answered ${code}: ${shorten(body)}`,
  }
}

function tcp(check: TcpCheck, signal: AbortSignal): Promise<TryResult> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: check.address, port: check.port, signal })
    socket.once('error', reject).once('connect', () => {
      socket.destroy()
      resolve({ healthy: true, message: `${nameOf(check)} accepts connections` })
    })
  })
}

async function command(check: CommandCheck, local: Executor, cwd: string, signal: AbortSignal): Promise<TryResult> {
  const { status, stdout, stderr } = await collect(local, ['sh', '-c', check.command], { cwd, signal })
  signal.throwIfAborted()
  if (status === 0) return { healthy: true, message: `${check.command} succeeded` }
  const end = status ?? 'a signal'
  return { healthy: false, message: `${check.command} should exit with status 0, but exited with ${end}: ${shorten(`${stdout}${stderr}`)}` }
}

/** The first 200 characters, on one line. */
function shorten(text: string): string {
  return text
    .replace(/[\0-\x20\x7f]+/g, ' ')
    .trim()
    .slice(0, 200)
}

/** `fetch` wraps the cause. */
function errorReason(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const { errors } = error as { errors?: readonly unknown[] }
  return error.message || (errors?.length ? errorReason(errors[0]) : error.name)
}
