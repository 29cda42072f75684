import { didYouMean } from '@dragonfab/core'
import { createProblem, type ProblemList } from './invocation.ts'
import type { FlagValues } from './options.ts'
import type { Scan } from './scan.ts'
import { type FlagVariable, mergeOverride, type VariableFlags, type VariableOverride } from './variables.ts'

/**
 * Reads the values that the command line sets: flags of variables, arguments of the environment (`lxc:force_new` is `forceNew=true`), and
 * `--set`, which wins.
 */
export function readOverrideFlags(
  scanned: Scan,
  flags: FlagValues,
  variables: VariableFlags,
  environmentArgs: readonly string[],
  problems: ProblemList,
): readonly VariableOverride[] {
  let overrides: readonly VariableOverride[] = []
  for (const { variable, value } of scanned.variables) {
    overrides = mergeOverride(overrides, { name: variable.name, value }, variable.kind)
  }
  const set = (text: string, written: string): void => {
    const equals = text.indexOf('=')
    const name = equals < 0 ? text : text.slice(0, equals)
    const found = settable(name, variables)
    if (found) {
      overrides = mergeOverride(overrides, { name: found.name, value: equals < 0 ? 'true' : text.slice(equals + 1) }, found.kind)
      return
    }
    const names = variables.names().map((each) => each.replaceAll('-', '_'))
    problems.push({ ...createProblem('UNKNOWN_VARIABLE', `there is no variable ‘${name}’ (${written})`), remedy: didYouMean(name, names) })
  }
  for (const text of environmentArgs) set(text, `an argument of the environment: ${text}`)
  for (const text of flags.texts('set')) {
    if (text.indexOf('=') > 0) set(text, `--set ${text}`)
    else problems.push(createProblem('SET_FORM', `--set ${text}: a name and a value are required`, 'write --set name=value'))
  }
  return overrides
}

/** Finds a variable, or an entry of a table (`dotenv.PORT`). */
function settable(name: string, variables: VariableFlags): Pick<FlagVariable, 'name' | 'kind'> | undefined {
  const whole = variables.find(name)
  if (whole.length === 1 && whole[0]) return whole[0]
  for (let dot = name.lastIndexOf('.'); dot > 0; dot = name.lastIndexOf('.', dot - 1)) {
    const table = variables.find(name.slice(0, dot)).find((each) => each.kind === 'table')
    if (table) return { name: `${table.name}${name.slice(dot)}`, kind: 'text' }
  }
  return undefined
}
