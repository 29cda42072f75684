export { linkchecker, linkchecker as default } from './plugin.ts'
