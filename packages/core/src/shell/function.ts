import { usageError } from '../errors.ts'
import { sessionFunctions } from '../session-contract.ts'
import { type Fragment, functionsIn, makeFragment, renderCalls } from './fragment.ts'

/** A shell function that steps share. To call it, interpolate it: `` sh`${live} || exit` ``. */
export interface ShellFunction extends Fragment {
  readonly name: string
}

/**
 * Declares a function for shell text. Its name begins with the plugin's name (`release_live`). A session is sent the definition, and those of
 * the functions that it calls, before the first step that calls it, and only once.
 * `body` is the same for every host and env: pass what differs as an argument, or in a variable that the step sets.
 */
export function shellFunction(name: string, body: Fragment): ShellFunction {
  // The prefix avoids clashes with the session's functions, with programs and with functions of other plugins.
  if (!/^[a-z][a-z0-9]*(_[a-z0-9]+)+$/.test(name) || sessionFunctions.some((each) => each === name)) {
    throw usageError({
      code: 'FUNCTION_NAME',
      message: `${JSON.stringify(name)} cannot be the name of a shell function`,
      remedy: "begin with the plugin's name, in lower case: git_fetch",
    })
  }
  const text = renderCalls(body, (secret) => {
    throw usageError({
      code: 'FUNCTION_SECRET',
      message: `the shell function ${name} contains the secret ${secret.label}`,
      remedy: 'in the step, set a variable to the secret, and read it in the function',
    })
  })
  const definition = !/\n|(^|\s)#|[;&]$/.test(text) ? `${name}() { ${text}; }` : `${name}() {\n${text}\n}`
  return { ...makeFragment([{ call: { name, definition, uses: functionsIn(body) } }]), name }
}

/** Whether a value is nothing but a function's name, which needs no quoting. */
export function isCall(value: unknown): boolean {
  const parts = (value as Partial<Fragment> | null | undefined)?.parts
  return parts?.length === 1 && typeof parts[0] === 'object' && 'call' in parts[0]
}
