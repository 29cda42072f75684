export {
  type Config,
  code,
  defineConfig,
  definePlugin,
  flag,
  list,
  type Plugin,
  type Secret,
  secretText,
  sh,
  step,
  table,
  text,
  whole,
} from '@dragonfab/core'
export { secret } from './secret/secret.ts'
