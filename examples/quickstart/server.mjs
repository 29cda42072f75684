// The application: greets visitors and counts them in data/, which outlives releases.
import { readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const home = dirname(fileURLToPath(import.meta.url))
const counter = join(home, 'data', 'visitors')
const greeting = readFileSync(join(home, 'greeting.txt'), 'utf8').trim()

createServer((request, response) => {
  response.setHeader('content-type', 'text/plain; charset=utf-8')
  response.end(request.url === '/release' ? basename(home) : greet())
}).listen(Number(process.env.PORT), '127.0.0.1')

function greet() {
  const visitor = visitors() + 1
  writeFileSync(counter, `${visitor}\n`)
  return `${greeting} (visitor ${visitor})\n`
}

function visitors() {
  try {
    return Number(readFileSync(counter, 'utf8'))
  } catch {
    return 0
  }
}
