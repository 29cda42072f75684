#!/usr/bin/env node
import { findProjectCli } from './project-cli.ts'

/** If this program was started from another installation (npx, a global one), the project's own dragonfab takes over: its config and plugins were written for that one. */
const own = findProjectCli(process.cwd())
if (own) await import(own)
else {
  const { main } = await import('./main.ts')
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined)
  process.exitCode = await main(process.argv.slice(2))
  // A reader may be slower than this process, so wait until everything is written.
  await Promise.all([process.stdout, process.stderr].map((stream) => new Promise((resolve) => stream.write('', resolve))))
  // Observers may still be sending (a message to a chat), but one that hangs must not keep the process alive.
  setTimeout(() => process.exit(), 5_000).unref()
}
