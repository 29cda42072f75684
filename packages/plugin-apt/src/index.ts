export { installPackages } from './install.ts'
export { apt, apt as default } from './plugin.ts'
