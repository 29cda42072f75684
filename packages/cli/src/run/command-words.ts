import { revealed } from '@dragonfab/core'
import type { Project } from '@dragonfab/plan'
import { Mask } from '@dragonfab/run'
import type { Invocation, TaskCall, Vocabulary } from '../arguments/invocation.ts'
import { writeWord } from '../arguments/words.ts'

/**
 * The command line of a run as plans, locks and histories keep it, without its environment: tasks, the choice of hosts, variables. Another run
 * can be made from it (`apply` does), except for secrets, which are left out.
 */
export function commandWords(invocation: Invocation, project: Project, vocabulary: Vocabulary): readonly string[] {
  const secret = new Set(project.variables().flatMap(({ name, field }) => (field.kind === 'secretText' ? [name] : [])))
  const flags = [
    ...invocation.roles.map((role) => ['--role', role]),
    ...invocation.hosts.map((host) => ['--host', host]),
    ...invocation.overrides
      .filter(({ name, value }) => !secret.has(name) && !holdsSecret(value))
      .map(({ name, value }) => ['--set', `${name}=${value}`]),
    ...(invocation.options.noPlugins.length ? [['--no-plugins', invocation.options.noPlugins.join(',')]] : []),
  ]
  return [...invocation.tasks.map((call) => taskWord(call, vocabulary)), ...flags.flat()]
}

/** A password in an address, and what a plugin found to be one in a text of its own (`--curl-options='--user bot:…'`). */
function holdsSecret(value: string): boolean {
  return /:\/\/[^@/:\s]*:[^@/\s]+@/.test(value) || new Mask([], revealed()).text(value) !== value
}

/** Values by position where that is enough; by name where one before is left out, or a value looks like one that has a name. */
function taskWord({ name, args }: TaskCall, vocabulary: Vocabulary): string {
  const names = (vocabulary.tasks.get(name) ?? []).map((each) => each.replace(/\?$/, ''))
  const given = names.filter((each) => Object.hasOwn(args, each))
  const plain = given.every((each, index) => each === names[index] && !names.some((other) => args[each]?.startsWith(`${other}=`)))
  return writeWord({ name, args: given.map((each) => (plain ? (args[each] ?? '') : `${each}=${args[each]}`)) })
}
