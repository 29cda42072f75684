import { definePlugin } from '@dragonfab/core'
import { notify } from './plugin.ts'

/** fapistrano's plugin of that name. `notify` lists the commits by itself. */
const git2slack = definePlugin({ name: 'git2slack', needs: [notify()] })
export default git2slack
