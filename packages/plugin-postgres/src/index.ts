export { postgres, postgres as default } from './plugin.ts'
