export { virtualenv, virtualenv as default } from './plugin.ts'
