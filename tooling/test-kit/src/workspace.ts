import { fileURLToPath } from 'node:url'

/** The root of the workspace. */
export const workspaceRoot = fileURLToPath(new URL('../../..', import.meta.url)).replace(/\/$/, '')
