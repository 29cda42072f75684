import { ensureServers } from './ensure-servers.ts'

/** Before any integration test: what they all talk to is installed, or the run fails here and says what is missing. */
export default async function setup(): Promise<void> {
  await ensureServers()
}
