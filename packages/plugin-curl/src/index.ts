export { curl, curl as default } from './plugin.ts'
