const isTable = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value)

/**
 * A `deploy.yml` of fapistrano as a configuration: plugin-release comes along, `sudo_user` is `deploy` unless it says otherwise, and
 * `stage_role_configs` are environments with roles. Its flat variables are aliases that core knows.
 */
export function fromDeployfile(given: unknown): unknown {
  if (!isTable(given)) return given
  const { stage_role_configs: stages, plugins, ...rest } = given
  const listed = plugins === undefined ? [] : [plugins].flat()
  const release = listed.some((each) => typeof each === 'string' && /^(fapistrano\.(plugins\.)?)?(@dragonfab\/plugin-)?release$/.test(each))
  return {
    ...('sudo_user' in given || 'sudoUser' in given ? {} : { sudo_user: 'deploy' }),
    ...rest,
    plugins: release ? listed : ['release', ...listed],
    ...(isTable(stages) ? { environments: { ...(isTable(given.environments) ? given.environments : {}), ...environmentsOf(stages) } } : {}),
  }
}

function environmentsOf(stages: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(stages).map(([stage, roles]) => [stage, isTable(roles) ? { roles } : roles]))
}
