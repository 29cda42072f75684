import { library } from '@dragonfab/build'

export default library()
