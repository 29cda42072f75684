import { definePlugin } from '@dragonfab/core'
import { notify } from './plugin.ts'

/** fapistrano's name for this plugin. It uses the variables of `notify`. */
const slack = definePlugin({ name: 'slack', needs: [notify()] })
export default slack
