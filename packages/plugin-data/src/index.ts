export { data, data as default } from './plugin.ts'
