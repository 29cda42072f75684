import { connect } from 'node:net'
import { readKeyType, readString } from '../hostkeys/key-blob.ts'

export interface AgentKey {
  readonly blob: Buffer
  readonly type: string
  readonly comment: string
}

const identitiesRequest = Buffer.from([0, 0, 0, 1, 11])
const identitiesAnswer = 12

/**
 * Lists the keys of an agent, including types that ssh2 cannot use, so that an error can name them
 * (draft-miller-ssh-agent, SSH_AGENTC_REQUEST_IDENTITIES). Rejects if no agent answers.
 */
export function listAgentKeys(socketPath: string, timeoutMs = 5_000): Promise<readonly AgentKey[]> {
  return new Promise((resolve, reject) => {
    const socket = connect(socketPath)
    const chunks: Buffer[] = []
    socket.setTimeout(timeoutMs, () => socket.destroy(new Error('the agent does not answer')))
    socket.on('connect', () => socket.write(identitiesRequest))
    socket.on('data', (chunk) => {
      chunks.push(chunk)
      const message = readString(Buffer.concat(chunks), 0)
      if (!message) return
      socket.destroy()
      const keys = parseAgentKeys(message)
      if (keys) resolve(keys)
      else reject(new Error('the agent refuses to list its keys'))
    })
    socket.on('error', reject)
    socket.on('close', () => reject(new Error('the agent closed the connection')))
  })
}

function parseAgentKeys(message: Buffer): AgentKey[] | undefined {
  if (message[0] !== identitiesAnswer || message.length < 5) return undefined
  const keys: AgentKey[] = []
  let at = 5
  for (let left = message.readUInt32BE(1); left > 0; left--) {
    const blob = readString(message, at)
    const comment = blob && readString(message, at + 4 + blob.length)
    if (!blob || !comment) return undefined
    at += 8 + blob.length + comment.length
    keys.push({ blob, type: readKeyType(blob) ?? 'unknown', comment: comment.toString() })
  }
  return keys
}
