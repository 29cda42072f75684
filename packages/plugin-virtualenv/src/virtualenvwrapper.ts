export { virtualenvwrapper, virtualenvwrapper as default } from './plugin.ts'
