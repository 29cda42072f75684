export { maintenance, maintenance as default } from './plugin.ts'
