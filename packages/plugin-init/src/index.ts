export { init, init as default } from './plugin.ts'
