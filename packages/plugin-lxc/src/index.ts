export { lxc, lxc as default } from './plugin.ts'
export { createThrowaway, type ThrowawayContainer, type ThrowawayOptions } from './throwaway.ts'
