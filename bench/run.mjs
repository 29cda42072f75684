// npm run bench [-- names…] [--quick] [--rounds N] [--json FILE]
import { createJiti } from 'jiti'

// The benchmarks use the test kit, which is TypeScript. Only the measured programs run in their published form.
const { main } = await createJiti(import.meta.url).import('./src/main.ts')
process.exitCode = await main(process.argv.slice(2))
