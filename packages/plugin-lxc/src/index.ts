export { lxc, lxc as default } from './plugin.ts'
