import type { Variable } from '@dragonfab/core'
import { type DeployfileTable, isTable } from '../deployfile/table.ts'
import { findVariable } from '../deployfile/variables.ts'

/**
 * In a deployfile, a role's table replaces the one at the top level. In Dragonfab it merges. So such a table is written in every role
 * instead, unless both ways have the same result.
 */
export function pushDown(config: DeployfileTable, variables: readonly Variable[]): DeployfileTable {
  const { environments } = config
  if (!isTable(environments)) return config
  const isTableKey = (key: string): boolean => findVariable(variables, key)?.field.kind === 'table'
  const rolesOf = Object.values(environments).flatMap((environment) =>
    isTable(environment) && isTable(environment.roles) ? [environment.roles] : [],
  )
  const set = new Set(rolesOf.flatMap((roles) => Object.values(roles).flatMap((role) => (isTable(role) ? Object.keys(role) : []))))
  const same = (key: string): string | undefined =>
    Object.keys(config).find((top) => findVariable(variables, top)?.name === findVariable(variables, key)?.name)
  const tables = rolesOf.flatMap((roles) => Object.values(roles)).filter(isTable)
  // If every role that sets the table has all of its names, merging changes nothing.
  const isCovered = (key: string): boolean => {
    const names = Object.keys(isTable(config[key]) ? config[key] : {})
    return tables.every((role) =>
      Object.entries(role).every(
        ([own, table]) =>
          findVariable(variables, own)?.name !== findVariable(variables, key)?.name ||
          (isTable(table) && names.every((name) => name in table)),
      ),
    )
  }
  const moved = [...set]
    .filter(isTableKey)
    .flatMap((key) => same(key) ?? [])
    .filter((key) => !isCovered(key))
  if (!moved.length) return config
  const rest = Object.fromEntries(Object.entries(config).filter(([key]) => !moved.includes(key)))
  const fillRole = (role: unknown): unknown => {
    const own = isTable(role) ? role : {}
    const has = (key: string): boolean =>
      Object.keys(own).some((each) => findVariable(variables, each)?.name === findVariable(variables, key)?.name)
    return { ...own, ...Object.fromEntries(moved.filter((key) => !has(key)).map((key) => [key, config[key]])) }
  }
  const into = (environment: unknown): unknown =>
    isTable(environment) && isTable(environment.roles)
      ? { ...environment, roles: Object.fromEntries(Object.entries(environment.roles).map(([name, role]) => [name, fillRole(role)])) }
      : environment
  return { ...rest, environments: Object.fromEntries(Object.entries(environments).map(([name, environment]) => [name, into(environment)])) }
}
