export { systemd, systemd as default } from './plugin.ts'
