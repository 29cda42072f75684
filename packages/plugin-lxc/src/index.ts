export { lxc, lxc as default } from './plugin.ts'
export { type Throwaway, type ThrowawayOptions, throwaway } from './throwaway.ts'
