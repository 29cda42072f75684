export { deb, deb as default } from './plugin.ts'
