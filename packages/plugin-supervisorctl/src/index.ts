export { supervisorctl, supervisorctl as default } from './plugin.ts'
