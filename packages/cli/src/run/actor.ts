import { hostname, userInfo } from 'node:os'
import type { Actor } from '@dragonfab/run'

/** Who is behind this run: in CI the person who started the job, else who is logged in here. */
export function readActor(environment: Readonly<Record<string, string | undefined>>): Actor {
  const person = environment.DRAGONFAB_USER || environment.GITLAB_USER_LOGIN || environment.GITHUB_ACTOR || ownUserName()
  return { owner: person, machine: hostname(), pid: process.pid }
}

function ownUserName(): string {
  try {
    return userInfo().username
  } catch {
    // No entry in passwd, as in some containers.
    return String(process.getuid?.() ?? 'unknown')
  }
}
