export { git, git as default } from './plugin.ts'
