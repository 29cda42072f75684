/** The environments. `__all__` has the defaults of all; `deploy` runs the `sequence` of its environment. */
export default {
  __all__: {
    path: '/usr/share/shop',
    user: 'deploy',
  },

  // A container on the developer's own machine: `dragonfab lxc deploy`.
  lxc: {
    lxc: 'shop-lxc',
    debconf: 'debconf/lxc',
    sequence: ['init', 'deb.build', 'deb.deploy', 'database.push:seed.sql', 'database.migrate', 'data.push', 'web_restart', 'test'],
  },

  testing: {
    hosts: ['testing.example.org'],
    debconf: 'debconf/testing',
    postgres: { cloneFrom: 'production' },
    sequence: ['init', 'deb.build', 'deb.deploy', 'db_clone', 'db_migrate', 'data_refresh', 'web_restart', 'test'],
  },

  // Clients try a version here before it goes to production.
  staging: {
    hosts: ['staging.example.org'],
    debconf: 'debconf/staging',
    postgres: { cloneFrom: 'production' },
    sequence: ['init', 'deb.build', 'deb.deploy', 'db_clone', 'db_migrate', 'data_refresh', 'web_restart', 'test'],
  },

  production: {
    hosts: ['www.example.org'],
    debconf: 'debconf/production',
    sequence: ['init', 'deb.build', 'web_mode:maintenance', 'deb.deploy', 'db_migrate', 'test', 'web_mode:live'],
  },
}
