export { createPlugin } from './create-plugin.ts'
export { createProject, type ProjectOptions } from './create-project.ts'
export { installCommand } from './package-manager.ts'
