import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { resolve } from 'node:path'
import { hide, type Secret, usageError } from '@dragonfab/core'
import { askPerson, askUndisturbed, lookUpOnce, promptContext } from './prompt.ts'

/** Hides a value: it is shown as `[secret]`, and scripts contain a hole in its place. */
function hideWithLabel(value: string, label?: string): Secret {
  return hide(value, label)
}

/**
 * The value of an environment variable, hidden. It is looked up when a run needs it, so it need not be set for environments that do not use
 * it. If a run needs it and it is not set, the run ends before anything is changed.
 */
function env(name: string): Secret {
  const find = (): string => {
    const value = process.env[name]
    if (value !== undefined && value !== '') return value
    throw usageError({
      code: 'SECRET_UNSET',
      message: `the environment variable ${name}, which should contain a secret, is ${value === undefined ? 'not set' : 'empty'}`,
      remedy: `set ${name} where you deploy from`,
    })
  }
  return hide(find, `$${name}`, { source: `env ${name}` })
}

/**
 * The content of a file, hidden, without the newline at its end. The path is relative to the config's folder; `~/` is the home directory. The
 * file is read when a run needs it. If it is empty or cannot be read, the run ends before anything is changed.
 */
function file(path: string): Secret {
  return hide(() => readSecretFile(path), path, { source: `file ${path}` })
}

function readSecretFile(path: string): string {
  const absolute = path.startsWith('~/') ? resolve(homedir(), path.slice(2)) : resolve(promptContext().directory ?? '.', path)
  let text: string
  try {
    text = readFileSync(absolute, 'utf8')
  } catch (error) {
    throw usageError({
      code: 'SECRET_UNREADABLE',
      message: `the file ${absolute}, which should contain a secret, cannot be read`,
      cause: error instanceof Error ? error.message : String(error),
      remedy: 'create the file on the machine that you deploy from, and keep it out of the repository',
    })
  }
  const value = text.replace(/\r?\n$/, '')
  if (value === '')
    throw usageError({
      code: 'SECRET_UNSET',
      message: `the file ${absolute}, which should contain a secret, is empty`,
      remedy: 'write the secret into the file',
    })
  return value
}

/**
 * The output of a command on this machine, hidden, without the newline at its end: `secret.command('pass show shop/db')`. The command runs in
 * a shell in the config's folder, once per run, when the run needs it. It may ask at the terminal, and its stderr is shown.
 */
function command(text: string): Secret {
  const source = `command ${text}`
  return hide(() => lookUpOnce(source, () => askUndisturbed(() => runCommand(text))), text, { source })
}

function runCommand(text: string): string {
  const { stdout, status, signal, error } = spawnSync('sh', ['-c', text], {
    cwd: promptContext().directory,
    encoding: 'utf8',
    stdio: ['inherit', 'pipe', 'inherit'],
    maxBuffer: 1_000_000,
  })
  const value = stdout?.replace(/\r?\n$/, '') ?? ''
  const outcome = signal ? `was ended by ${signal}` : status === 0 ? 'printed nothing' : `ended with status ${status}`
  if (error || status !== 0 || value === '') {
    throw usageError({
      code: 'SECRET_COMMAND',
      message: `the command \`${text}\` should print a secret: ${error?.message ?? `it ${outcome}`}`,
      remedy: 'run the command by hand on the machine that you deploy from',
    })
  }
  return value
}

/**
 * A secret that a person types. The run asks once, when it needs it and before anything is changed. Without a terminal the run exits with
 * status 2.
 */
function prompt(question: string): Secret {
  const source = `prompt ${question}`
  return hide(() => lookUpOnce(source, () => askUndisturbed(() => askPerson(question))), question, { source, interactive: true })
}

/** Hides values that must not be shown: given ones, or ones that are looked up. */
export const secret: {
  (value: string, label?: string): Secret
  readonly env: (name: string) => Secret
  readonly file: (path: string) => Secret
  readonly command: (text: string) => Secret
  readonly prompt: (question: string) => Secret
} = Object.assign(hideWithLabel, { env, file, command, prompt })
