/** The data of the starter configuration. */
export interface Starter {
  readonly appName: string
  /** The repository, relative to the config's folder (`.`, `../..`). Undefined without plugin-git. */
  readonly repository: { readonly path: string; readonly folder: string; readonly branch: string } | undefined
  /** The command that runs the project's dragonfab: `npx dragonfab`. */
  readonly program: string
}

const quoteText = (value: string): string => `'${value.replace(/['\\]/g, '\\$&')}'`

/** A configuration that already deploys to this machine, with comments about the next steps. */
export function starterText({ appName, repository, program }: Starter): string {
  const options = repository && [
    `repo: ${quoteText(repository.path)}`,
    `branch: ${quoteText(repository.branch)}`,
    ...(repository.folder ? [`archiveTree: ${quoteText(repository.folder)}`] : []),
  ]
  const plugin = options ? `git({ ${options.join(', ')} })` : 'release()'
  return `${options ? "import git from '@dragonfab/plugin-git'" : "import release from '@dragonfab/plugin-release'"}
import { defineConfig } from 'dragonfab'

export default defineConfig({
  appName: ${quoteText(appName)},

  // Your own variables: env.vars.greeting in hooks and tasks. Every environment, role and host may change them.
  vars: { greeting: ${quoteText(`Hello from ${appName}`)} },

  // ${options ? 'Releases the commit of a branch. A repository on a server works too: git@git.example.org:shop.git' : 'Provides releases, current and shared. Add @dragonfab/plugin-git to release a git repository.'}
  plugins: [${plugin}],

  environments: {
    // The defaults of all environments.
    __all__: { keepReleases: 5 },

    // This machine, without SSH:  ${program} local deploy
    local: { hosts: ['local'], path: './.deployed' },

    // Servers that you reach by SSH. They need only sshd and a POSIX shell.
    // production: {
    //   user: 'deploy',
    //   path: '/srv/${appName}',
    //   vars: { greeting: 'Hello, world' },
    //   linkedFiles: ['.env'],        // are in shared/ and linked into every release
    //   linkedDirs: ['uploads'],
    //   roles: {
    //     web: { hosts: ['web1.example.org', 'web2.example.org'] },
    //     worker: { hosts: ['deploy@job1.example.org:2222'] },
    //   },
    // },
  },

  hooks: {
${
  options
    ? `    // In the new release, before any host switches to it. sh quotes values for the shell.
    'deploy.updated': ({ env, sh }) => sh\`echo \${env.vars.greeting} >\${env.releasePath}/GREETING\`,`
    : `    // Makes the files of the release.
    'deploy.updating': ({ env, sh }) => sh\`echo \${env.vars.greeting} >\${env.releasePath}/GREETING\`,`
}
    // After the switch. If it fails on one host, the release is undone on all hosts.
    // 'deploy.published': ({ sh, step }) => step(sh\`systemctl restart ${appName}\`, { as: 'root' }),
  },

  tasks: {
    // ${program} local greet
    greet: { summary: 'Show the greeting of the live release', readOnly: true, run: ({ env, sh }) => sh\`cat \${env.currentPath}/GREETING\` },
  },
})
`
}
