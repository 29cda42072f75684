import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { resolve } from 'node:path'
import { hide, type Secret, usageError } from '@dragonfab/core'
import { askPerson, askUndisturbed, lookUpOnce, promptContext } from './prompt.ts'

/** Hides a value: it shows as `[secret]` everywhere, and stands in scripts as a hole. */
function hideWithLabel(value: string, label?: string): Secret {
  return hide(value, label)
}

/**
 * The value of an environment variable, hidden. It is looked up when a run needs it, so environments that do not use it can do without. If a run
 * needs it and it is not set, the run ends before anything is changed.
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

/**
 * What a file holds, hidden, without the newline at its end. The path is relative to the config's folder; `~/` is the home directory. It is
 * read when a run needs it; a file that cannot be read or is empty ends the run before anything is changed.
 */
function file(path: string): Secret {
  return hide(() => readSecretFile(path), path, { source: `file ${path}` })
}

function readSecretFile(path: string): string {
  const at = path.startsWith('~/') ? resolve(homedir(), path.slice(2)) : resolve(promptContext().directory ?? '.', path)
  let text: string
  try {
    text = readFileSync(at, 'utf8')
  } catch (error) {
    throw usageError({
      code: 'SECRET_UNREADABLE',
      message: `the file ${at} holds a secret and cannot be read`,
      cause: error instanceof Error ? error.message : String(error),
      remedy: 'write it there, where you deploy from; keep it out of the repository',
    })
  }
  const value = text.replace(/\r?\n$/, '')
  if (value === '')
    throw usageError({ code: 'SECRET_UNSET', message: `the file ${at} holds a secret and is empty`, remedy: 'write it there' })
  return value
}

/**
 * What a command of this machine prints, hidden, without the newline at its end: `secret.command('pass show shop/db')`. It runs in a shell, in
 * the config's folder, once for a run, when a run needs it. It may ask at the terminal, and what it says on stderr is shown.
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
  const ended = signal ? `was ended by ${signal}` : status === 0 ? 'printed nothing' : `ended with status ${status}`
  if (error || status !== 0 || value === '') {
    throw usageError({
      code: 'SECRET_COMMAND',
      message: `the command \`${text}\` should print a secret: ${error?.message ?? `it ${ended}`}`,
      remedy: 'run it by hand where you deploy from',
    })
  }
  return value
}

/**
 * What a person types unseen, asked once for a run, when a run needs it and before anything is changed. Where nobody can be asked the run
 * ends with status 2.
 */
function prompt(question: string): Secret {
  const source = `prompt ${question}`
  return hide(() => lookUpOnce(source, () => askUndisturbed(() => askPerson(question))), question, { source, interactive: true })
}

/** Values that must not be seen, and where they come from. */
export const secret: {
  (value: string, label?: string): Secret
  readonly env: (name: string) => Secret
  readonly file: (path: string) => Secret
  readonly command: (text: string) => Secret
  readonly prompt: (question: string) => Secret
} = Object.assign(hideWithLabel, { env, file, command, prompt })
