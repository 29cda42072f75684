import data from '@dragonfab/plugin-data'
import deb from '@dragonfab/plugin-deb'
import init from '@dragonfab/plugin-init'
import lxc from '@dragonfab/plugin-lxc'
import maintenance from '@dragonfab/plugin-maintenance'
import postgres from '@dragonfab/plugin-postgres'
import { defineConfig, step } from 'dragonfab'
import environments from './environments.ts'

export default defineConfig({
  appName: 'shop',
  plugins: [
    lxc(),
    // What a host needs besides the package.
    init({
      paths: [{ path: '/srv/shop', owner: 'deploy' }],
      checks: ['sudo -u postgres psql -qAtc "SELECT 1"'],
    }),
    deb({ packageName: 'shop' }),
    // Without host and password: the database `shop` on the machine's own socket, as the user postgres.
    postgres({
      migrate: 'sudo -u shop ./manage.py migrate --noinput',
      pending: 'sudo -u shop ./manage.py showmigrations --plan',
    }),
    data({ base: '/srv/shop', dirs: ['media'] }),
    maintenance({ folder: '/srv/shop/maintenance', message: 'The shop is being updated. Please come back in a few minutes.' }),
  ],
  apt: { packages: ['postgresql', 'nginx-light', 'rsync'] },
  environments,
  hooks: {
    // The application connects as the role `shop`, the name of the user that the package creates.
    'init.preparing': ({ sh }) =>
      step(
        sh`
          has() { sudo -u postgres psql -qAtc "$1" | grep -q 1; }
          has "SELECT 1 FROM pg_roles WHERE rolname = 'shop'" || sudo -u postgres createuser shop
          has "SELECT 1 FROM pg_database WHERE datname = 'shop'" || sudo -u postgres createdb -O shop shop`,
        { title: 'the role and the database' },
      ),
  },
  tasks: {
    web_restart: { summary: 'Restart the application', run: ({ sh }) => sh`sudo systemctl restart shop && sudo systemctl reload nginx` },
    test: {
      summary: 'Ask the application for its first page',
      readOnly: true,
      run: ({ sh }) =>
        step(
          sh`
            for try in 1 2 3 4 5 6 7 8 9 10; do
              python3 -c 'import urllib.request as r; print(r.urlopen("http://127.0.0.1:8000/", timeout=5).read().decode())' && exit
              sleep 1
            done
            exit 1`,
          { title: 'ask for the first page' },
        ),
    },
  },
})
