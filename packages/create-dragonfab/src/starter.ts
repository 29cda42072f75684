/** What the starter is written for. */
export interface Starter {
  readonly appName: string
  /** The repository from the config's folder (`.`, `../..`), undefined without plugin-git. */
  readonly repository: { readonly path: string; readonly folder: string; readonly branch: string } | undefined
  /** How a command of the project is run: `npx dragonfab`. */
  readonly program: string
}

const quoteText = (value: string): string => `'${value.replace(/['\\]/g, '\\$&')}'`

/** A configuration that deploys to this machine as it is, and says what comes next. */
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

  // Variables of your own: env.vars.greeting in hooks and tasks. Every environment, role and host may change them.
  vars: { greeting: ${quoteText(`Hello from ${appName}`)} },

  // ${options ? 'What is released: the commit of a branch. A repository on a server works as well: git@git.example.org:shop.git' : 'Releases, current and shared. Add @dragonfab/plugin-git to release a git repository.'}
  plugins: [${plugin}],

  environments: {
    // The defaults of all environments.
    __all__: { keepReleases: 5 },

    // This machine, without SSH:  ${program} local deploy
    local: { hosts: ['local'], path: './.deployed' },

    // Servers that you reach by SSH. They need sshd and a POSIX shell, nothing else.
    // production: {
    //   user: 'deploy',
    //   path: '/srv/${appName}',
    //   vars: { greeting: 'Hello, world' },
    //   linkedFiles: ['.env'],        // live in shared/, linked into every release
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
    ? `    // In the new release, before any host switches to it. Values are quoted for the shell by themselves.
    'deploy.updated': ({ env, sh }) => sh\`echo \${env.vars.greeting} >\${env.releasePath}/GREETING\`,`
    : `    // What a release is made of.
    'deploy.updating': ({ env, sh }) => sh\`echo \${env.vars.greeting} >\${env.releasePath}/GREETING\`,`
}
    // After the switch. When it fails on one host, all hosts go back.
    // 'deploy.published': ({ sh, step }) => step(sh\`systemctl restart ${appName}\`, { as: 'root' }),
  },

  tasks: {
    // ${program} local greet
    greet: { summary: 'Show what the live release says', readOnly: true, run: ({ env, sh }) => sh\`cat \${env.currentPath}/GREETING\` },
  },
})
`
}
