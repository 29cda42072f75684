export { type FlagSpec, findFlag, flagNames, flags } from './arguments/flags.ts'
export { type PreScan, preScan } from './arguments/pre-scan.ts'
