import { buildVocabulary, flagName } from '@dragonfab/config'
import { findFlag, flagNames } from '@dragonfab/config/flags'
import { commandNames, type Project } from '@dragonfab/plan'

/** Lists the words that may follow these. Without a project: the words that every project has. */
export function candidatesAfter(words: readonly string[], project: Project | undefined): readonly string[] {
  const environments = project ? Object.keys(project.environments) : []
  const last = words.at(-1)
  const flag = last?.startsWith('-') ? findFlag(last) : undefined
  if (flag?.value) {
    if (flag.name === 'stage') return environments
    if (flag.name === 'role') return [...new Set(Object.values(project?.environments ?? {}).flatMap((each) => each.roles))]
    if (flag.name === 'host')
      return [...new Set(Object.values(project?.environments ?? {}).flatMap((each) => each.hosts.map((host) => host.name)))]
    if (flag.name === 'no-plugins') return project?.plugins.map((each) => each.name) ?? []
    return []
  }
  const plain = words.filter((word) => !word.startsWith('-'))
  const vocabulary = project && buildVocabulary(project)
  const allFlags = [...flagNames, ...(vocabulary?.variables.map(({ name }) => `--${flagName(name)}`) ?? [])]
  if (plain[0] === 'completion') return ['bash', 'zsh', 'fish']
  if (plain[0] === 'help') return project?.plugins.map((each) => each.name) ?? []
  const tasks = vocabulary ? [...vocabulary.tasks.keys()] : []
  return plain.length ? [...tasks, ...allFlags] : [...environments, ...commandNames, ...tasks, ...allFlags]
}
