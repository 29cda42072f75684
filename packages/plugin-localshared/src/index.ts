export { localshared, localshared as default } from './plugin.ts'
