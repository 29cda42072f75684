/** Who deploys where. `__all__` holds for all; an environment's `sequence` is what its `deploy` runs. */
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

  // Where clients accept.
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
