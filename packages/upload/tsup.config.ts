import { library } from '@dragonfab/build'

// What only looks at folders is loaded with every run; what sends is not, until something is sent.
export default library({ splitting: true })
