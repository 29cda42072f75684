import git from '@dragonfab/plugin-git'
import { defineConfig } from 'dragonfab'

export default defineConfig({
  appName: 'quickstart',

  // The project's own variables. An environment may change them; hooks and tasks read them as env.vars.
  vars: { port: Number(process.env.PORT ?? 8080) },

  // Ships the last commit of `main` in this folder. On a server: repo: 'git@git.example.org:team/app.git'.
  plugins: [git({ repo: '.', branch: 'main' })],

  // Folders in shared/ that every release links to, so that they outlive releases.
  linkedDirs: ['data', 'log'],

  // Written into each release as .env.
  dotenv: { PORT: '%(vars.port)s' },

  environments: {
    __all__: { keepReleases: 3 },

    // This machine, without SSH. Releases are in ./.deployed.
    local: { hosts: ['local'], path: './.deployed' },

    // A server that you reach with `ssh deploy@www.example.org`. Releases are in /home/deploy/www/quickstart.
    // production: { hosts: ['deploy@www.example.org'] },
  },

  // `restart` fails if the new release does not answer. All hosts then return to the previous release.
  hooks: {
    'deploy.published': ({ env, sh, step }) =>
      step(sh`node ${env.currentPath}/service.mjs restart`, { title: 'restart, and wait for an answer' }),
    'deploy.restarting': ({ env, sh }) => sh`node ${env.currentPath}/service.mjs restart`,
  },

  tasks: {
    ask: {
      summary: 'Ask the application for its greeting',
      readOnly: true,
      run: ({ env, sh }) => sh`node ${env.currentPath}/service.mjs ask`,
    },
    stop: {
      summary: 'Stop the application',
      run: ({ env, sh }) => sh`node ${env.currentPath}/service.mjs stop`,
    },
  },
})
