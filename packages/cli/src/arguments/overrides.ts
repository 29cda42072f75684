import { didYouMean } from '@dragonfab/core'
import type { FlagValues } from './flag-values.ts'
import { type Problems, problem } from './problems.ts'
import type { Scan } from './scan.ts'
import { merged, type Override, type Variable, type VariableFlags } from './variables.ts'

/** What the flags of variables and `--set` ask for, in the order in which it was typed last. */
export function overridesOf(scanned: Scan, flags: FlagValues, variables: VariableFlags, problems: Problems): readonly Override[] {
  let overrides: readonly Override[] = []
  for (const { variable, value } of scanned.variables) {
    overrides = merged(overrides, { name: variable.name, value }, variable.kind)
  }
  for (const text of flags.texts('set')) {
    const equals = text.indexOf('=')
    if (equals < 1) {
      problems.push(problem('SET_FORM', `--set ${text}: a name and a value are asked for`, 'write --set name=value'))
      continue
    }
    const name = text.slice(0, equals)
    const found = settable(name, variables)
    if (!found) {
      const names = variables.names().map((each) => each.replaceAll('-', '_'))
      problems.push({ ...problem('VARIABLE_UNKNOWN', `there is no variable ‘${name}’ (--set ${text})`), remedy: didYouMean(name, names) })
      continue
    }
    overrides = merged(overrides, { name: found.name, value: text.slice(equals + 1) }, found.kind)
  }
  return overrides
}

/** A variable, or an entry of a table (`dotenv.PORT`). */
function settable(name: string, variables: VariableFlags): Pick<Variable, 'name' | 'kind'> | undefined {
  const whole = variables.find(name)
  if (whole.length === 1 && whole[0]) return whole[0]
  for (let dot = name.lastIndexOf('.'); dot > 0; dot = name.lastIndexOf('.', dot - 1)) {
    const table = variables.find(name.slice(0, dot)).find((each) => each.kind === 'table')
    if (table) return { name: `${table.name}${name.slice(dot)}`, kind: 'text' }
  }
  return undefined
}
