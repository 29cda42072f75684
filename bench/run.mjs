// npm run bench [-- names…] [--quick] [--rounds N] [--json FILE]
import { createJiti } from 'jiti'

// The measurements stand on the test kit, which is TypeScript; only what is measured is run as it is published.
const { main } = await createJiti(import.meta.url).import('./src/main.ts')
process.exitCode = await main(process.argv.slice(2))
