import { spawn } from 'node:child_process'
import { request as askHttp } from 'node:http'
import { request as askHttps } from 'node:https'
import { connect } from 'node:net'
import { isSecret, reveal } from '@dragonfab/core'
import { type Check, type CommandCheck, type HttpCheck, nameOf, type TcpCheck, wantedOf } from '../check.ts'

/** What one try came to: what to tell, and whether it is well. */
export interface Outcome {
  readonly well: boolean
  readonly said: string
}

interface Place {
  readonly directory: string
  readonly seconds: number
  readonly signal: AbortSignal
}

const most = 65_536

/** One try of a check, from this machine. */
export async function ask(check: Check, { directory, seconds, signal }: Place): Promise<Outcome> {
  const within = AbortSignal.any([signal, AbortSignal.timeout(seconds * 1000)])
  try {
    if (check.kind === 'http') return await http(check, within)
    if (check.kind === 'tcp') return await tcp(check, within)
    return await command(check, directory, within)
  } catch (error) {
    signal.throwIfAborted()
    const why = within.aborted ? `no end within ${seconds} s` : reason(error)
    const wanted = check.kind === 'http' ? `answer ${wantedOf(check)}` : check.kind === 'tcp' ? 'take connections' : 'end with status 0'
    return { well: false, said: `${nameOf(check)} should ${wanted}, and did not: ${why}` }
  }
}

function http(check: HttpCheck, signal: AbortSignal): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const url = new URL(check.url)
    const headers = Object.fromEntries(
      Object.entries(check.headers).map(([name, value]) => [name, isSecret(value) ? reveal(value) : value] as const),
    )
    const given = { headers, signal, agent: false, rejectUnauthorized: !check.insecure }
    const sent = (url.protocol === 'https:' ? askHttps : askHttp)(url, given, (response) => {
      const chunks: Buffer[] = []
      let size = 0
      const done = () => resolve(judged(check, String(response.statusCode), Buffer.concat(chunks).subarray(0, most).toString()))
      response.on('data', (chunk: Buffer) => {
        chunks.push(chunk)
        size += chunk.length
        if (size < most) return
        done()
        response.destroy()
      })
      response.once('end', done).once('error', reject)
    })
    sent.once('error', reject).end()
  })
}

function judged(check: HttpCheck, code: string, body: string): Outcome {
  const { status, contains, matches, url } = check
  const well =
    status.some((each) => each === code || each === `${code.charAt(0)}xx`) &&
    (contains === undefined || body.includes(contains)) &&
    (matches === undefined || body.split('\n').some((line) => new RegExp(matches).test(line.replace(/\r$/, ''))))
  return { well, said: well ? `${url} answered ${code}` : `${url} should answer ${wantedOf(check)}, and answered ${code}: ${short(body)}` }
}

function tcp(check: TcpCheck, signal: AbortSignal): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: check.address, port: check.port, signal })
    socket.once('error', reject).once('connect', () => {
      socket.destroy()
      resolve({ well: true, said: `${nameOf(check)} takes connections` })
    })
  })
}

function command(check: CommandCheck, directory: string, signal: AbortSignal): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const child = spawn('sh', ['-c', check.command], { cwd: directory, signal, stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += output.length < most ? chunk : ''))
    child.once('error', reject).once('close', (status) => {
      const said = `${check.command} should end with status 0, and ended with ${status ?? 'a signal'}: ${short(output)}`
      resolve(status === 0 ? { well: true, said: `${check.command} ended well` } : { well: false, said })
    })
  })
}

/** The first 200 characters, on one line. */
function short(text: string): string {
  return text
    .replace(/[\0-\x20\x7f]+/g, ' ')
    .trim()
    .slice(0, 200)
}

/** `fetch` and its like wrap what happened. */
function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const { errors } = error as { errors?: readonly unknown[] }
  return error.message || (errors?.length ? reason(errors[0]) : error.name)
}
