import { usageError } from '../errors.ts'
import { sessionFunctions } from '../session-contract.ts'
import { type Fragment, functionsIn, makeFragment, renderCalls } from './fragment.ts'

/** A shell function that steps share. Interpolate it where it is called: `` sh`${live} || exit` ``. */
export interface ShellFunction extends Fragment {
  readonly name: string
}

/**
 * Declares a function for shell text. Its name begins with the plugin's (`release_live`). A step that interpolates it is sent the definition, and the
 * definitions of what it interpolates itself; a host gets each once in a session, however many steps call it.
 * `body` is the same for every host and every env: pass what differs as an argument, or in a variable that the step sets.
 */
export function shellFunction(name: string, body: Fragment): ShellFunction {
  // The prefix keeps it apart from the session's own functions, from programs and from those of other plugins.
  if (!/^[a-z][a-z0-9]*(_[a-z0-9]+)+$/.test(name) || sessionFunctions.some((each) => each === name)) {
    throw usageError({
      code: 'FUNCTION_NAME',
      message: `${JSON.stringify(name)} is not a name for a shell function`,
      remedy: "begin with the plugin's name, in small letters: git_fetch",
    })
  }
  const text = renderCalls(body, (secret) => {
    throw usageError({
      code: 'FUNCTION_SECRET',
      message: `the shell function ${name} contains the secret ${secret.label}`,
      remedy: 'set a variable to the secret in the step, and read it in the function',
    })
  })
  const definition = !/\n|(^|\s)#|[;&]$/.test(text) ? `${name}() { ${text}; }` : `${name}() {\n${text}\n}`
  return { ...makeFragment([{ call: { name, definition, uses: functionsIn(body) } }]), name }
}

/** Whether all of a value is one name of a function, which needs no quoting wherever it is put. */
export function isCall(value: unknown): boolean {
  const parts = (value as Partial<Fragment> | null | undefined)?.parts
  return parts?.length === 1 && typeof parts[0] === 'object' && 'call' in parts[0]
}
