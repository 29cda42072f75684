import { defineConfig } from 'dragonfab'
import webpack from './plugins/webpack.ts'

export default defineConfig({
  appName: 'greeting',
  plugins: [webpack()],
  environments: {
    __all__: { keepReleases: 3 },

    // This machine, without SSH. Releases are in ./.deployed.
    local: { hosts: ['local'], path: './.deployed', webpack: { mode: 'development' } },

    // Servers that you reach by SSH. They need sshd and a POSIX shell, and something that serves /home/deploy/www/greeting/current.
    // production: { hosts: ['deploy@www1.example.org', 'deploy@www2.example.org'] },
  },
})
