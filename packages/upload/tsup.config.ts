import { library } from '@dragonfab/build'

// Every run loads the code that reads folders. The code that sends is loaded only when a folder is sent.
export default library({ splitting: true })
