import { hide, type Secret, usageError } from '@dragonfab/core'

/** Hides a value: it shows as `[secret]` everywhere, and stands in scripts as a hole. */
function hidden(value: string, label?: string): Secret {
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
  return hide(find, `$${name}`)
}

export const secret: { (value: string, label?: string): Secret; readonly env: (name: string) => Secret } = Object.assign(hidden, { env })
