import { type CliProject, type CommandResult, createCliProject, type Lxc } from '@dragonfab/test-kit'
import { expect } from 'vitest'

/** A user's project on this machine, whose environment `lxc` is a container of the fixture. */
export interface LxcProject extends CliProject {
  /** `dragonfab …` that must end with this status; its output on failure. Gives what it wrote, standard output and error. */
  ends(status: number, ...words: readonly string[]): Promise<string>
}

export async function lxcProject(lxc: Lxc, variables: object = {}, config: object = {}): Promise<LxcProject> {
  const project = await createCliProject({ hosts: [], sshConfig: '/dev/null' }, { timeoutMs: 280_000 })
  await project.config({
    plugins: ['lxc'],
    environments: { lxc: { lxc: 'shop', lxcPath: lxc.path, lxcClone: 'overlay', ...variables } },
    tasks: {},
    ...config,
  })
  return { ...project, ends: async (status, ...words) => expectStatus(await project.run(...words), status) }
}

export function expectStatus(done: CommandResult, status: number): string {
  expect(done.status, done.stdout + done.stderr).toBe(status)
  return done.stdout + done.stderr
}
