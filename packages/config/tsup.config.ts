import { library } from '@dragonfab/build'

// The flags apart: `--help` and `--version` load no more than those.
export default library({ entry: ['src/index.ts', 'src/flags.ts'], splitting: true })
