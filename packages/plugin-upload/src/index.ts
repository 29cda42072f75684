export { upload, upload as default } from './plugin.ts'
