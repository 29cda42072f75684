#!/usr/bin/env node
import { findProjectCli } from './project-cli.ts'

/** Run from elsewhere (npx, a global installation), the project's own dragonfab takes over: the config and its plugins were made for that one. */
const own = findProjectCli(process.cwd())
if (own) await import(own)
else {
  const { main } = await import('./main.ts')
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined)
  process.exitCode = await main(process.argv.slice(2))
  // A reader may be slower than this process.
  await Promise.all([process.stdout, process.stderr].map((stream) => new Promise((resolve) => stream.write('', resolve))))
  // Observers may still be talking (a message to a chat); a hanging one may not keep the process for ever.
  setTimeout(() => process.exit(), 5_000).unref()
}
