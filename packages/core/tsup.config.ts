import { library } from '@dragonfab/build'

export default library({ entry: { index: 'src/index.ts', env: 'src/env/index.ts' } })
