export { fis, fis as default } from './plugin.ts'
