import { library } from '@dragonfab/build'

export default library({ entry: ['src/index.ts', 'src/slack.ts', 'src/git2slack.ts'] })
