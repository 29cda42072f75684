import { definePlugin } from '@dragonfab/core'
import { notify } from './plugin.ts'

/** fapistrano's name for this plugin. `notify` lists the commits. */
const git2slack = definePlugin({ name: 'git2slack', needs: [notify()] })
export default git2slack
