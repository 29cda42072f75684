// Keeps a connection open, as a deployment does, and runs the upload that each input line describes. Answers with its CPU time in milliseconds.
import { createInterface } from 'node:readline'
import { createSshPool } from '@dragonfab/ssh'
import { uploadFolder } from '@dragonfab/upload'

const [configFile, directory] = process.argv.slice(2)
const pool = createSshPool({ configFile })
const executor = pool.executor({ host: 'web1', directory })
const hello = await executor.open(['true'])
await hello.done
const say = (answer) => process.stdout.write(`${JSON.stringify(answer)}\n`)
say({ cpuMs: 0 })
const context = { executor, host: 'web1', directory, signal: new AbortController().signal, log: () => undefined, progress: () => undefined }
for await (const line of createInterface({ input: process.stdin })) {
  const before = process.cpuUsage()
  try {
    await uploadFolder(JSON.parse(line), context)
    const { user, system } = process.cpuUsage(before)
    say({ cpuMs: (user + system) / 1000 })
  } catch (error) {
    say({ error: String(error) })
  }
}
await pool.close()
