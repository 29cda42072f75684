import { hide, type Secret, usageError } from '@dragonfab/core'
import { command } from './command.ts'
import { file } from './file.ts'
import { prompt } from './prompt.ts'

/** Hides a value: it shows as `[secret]` everywhere, and stands in scripts as a hole. */
function hideWithLabel(value: string, label?: string): Secret {
  return hide(value, label)
}

/**
 * The value of an environment variable, hidden. It is looked up when a run needs it, so that environments that do not use it can do without; a run
 * that needs it and does not find it ends before anything is changed.
 */
function env(name: string): Secret {
  const find = (): string => {
    const value = process.env[name]
    if (value !== undefined && value !== '') return value
    throw usageError({
      code: 'SECRET_UNSET',
      message: `the environment variable ${name} holds a secret and is ${value === undefined ? 'not set' : 'empty'}`,
      remedy: `set ${name} where you deploy from`,
    })
  }
  return hide(find, `$${name}`, { source: `env ${name}` })
}

/** Values that must not be seen, and where they come from. */
export const secret: {
  (value: string, label?: string): Secret
  readonly env: (name: string) => Secret
  readonly file: (path: string) => Secret
  readonly command: (text: string) => Secret
  readonly prompt: (question: string) => Secret
} = Object.assign(hideWithLabel, { env, file, command, prompt })
