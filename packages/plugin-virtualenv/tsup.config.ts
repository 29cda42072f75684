import { library } from '@dragonfab/build'

export default library({ entry: ['src/index.ts', 'src/virtualenvwrapper.ts', 'src/virtualenvtools.ts'] })
