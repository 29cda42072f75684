export type DeployfileTable = Readonly<Record<string, unknown>>

export const isTable = (value: unknown): value is DeployfileTable => typeof value === 'object' && value !== null && !Array.isArray(value)

/** Collects every text in a value. */
export function collectTexts(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value]
  if (Array.isArray(value)) return value.flatMap(collectTexts)
  return isTable(value) ? Object.values(value).flatMap(collectTexts) : []
}

/** Changes each text in a value. */
export function mapTexts(value: unknown, change: (text: string) => string): unknown {
  if (typeof value === 'string') return change(value)
  if (Array.isArray(value)) return value.map((each) => mapTexts(each, change))
  return isTable(value) ? Object.fromEntries(Object.entries(value).map(([key, each]) => [key, mapTexts(each, change)])) : value
}

/** The tables of all roles of all stages. */
export function listRoleTables(file: DeployfileTable): readonly DeployfileTable[] {
  const stages = isTable(file.stage_role_configs) ? Object.values(file.stage_role_configs) : []
  return stages.flatMap((stage) => (isTable(stage) ? Object.values(stage) : [])).filter(isTable)
}
