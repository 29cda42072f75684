/** The variables of fapistrano's plugins, by plugin. All variables of core and of releases are declared in Dragonfab. */
export const ofPlugins: Readonly<Record<string, readonly string[]>> = {
  git: ['repo', 'branch', 'git_shallow_clone', 'revision_file', 'repo_path', 'git_archive_tree', 'repo_head_path'],
  curl: [
    'curl_url',
    'curl_output',
    'curl_options',
    'curl_extract_tar',
    'curl_extract_tgz',
    'curl_user',
    'curl_postinstall_script',
    'curl_postinstall_output',
  ],
  virtualenv: ['virtualenv_executive', 'virtualenv_requirements', 'virtualenv_pip_upgrade', 'virtualenv_venv_path', 'virtualenv_activate'],
  virtualenvwrapper: [
    'virtualenvwrapper_source',
    'virtualenvwrapper_home',
    'virtualenvwrapper_project',
    'virtualenvwrapper_activate',
    'virtualenvwrapper_pip_upgrade',
    'virtualenvwrapper_requirements',
  ],
  virtualenvtools: ['virtualenvtools_strategy', 'virtualenvtools_executable', 'virtualenvtools_venv_path'],
  supervisorctl: [
    'supervisor_restart',
    'supervisor_refresh',
    'supervisor_output',
    'supervisor_check_status',
    'supervisor_program',
    'supervisor_target',
    'supervisor_conf',
  ],
  localshared: ['localshared_source'],
  slack: ['slack_webhook', 'slack_channel', 'icon_emoji', 'git_web'],
  fis: ['fis_source', 'fis_dest', 'fis_conf', 'fis_md5', 'fis_optimize', 'fis_pack', 'fis_domains', 'fis_output'],
}

/** For each variable in an environments file of the original dragonfab: Dragonfab's variable, and the plugin that has it. */
export const ofEnvironments: Readonly<Record<string, { readonly name: string; readonly plugin?: string }>> = {
  hosts: { name: 'hosts' },
  remote_path: { name: 'path' },
  lxc: { name: 'lxc', plugin: 'lxc' },
  lxc_template: { name: 'lxcTemplate', plugin: 'lxc' },
  debconf: { name: 'debconf', plugin: 'deb' },
  package_name: { name: 'deb.packageName', plugin: 'deb' },
  package_dir: { name: 'deb.packageDir', plugin: 'deb' },
  wheel: { name: 'deb.wheel', plugin: 'deb' },
  wheelserver: { name: 'deb.wheelserver', plugin: 'deb' },
  wheelserver_trusted_host: { name: 'deb.wheelserverTrustedHost', plugin: 'deb' },
  pip_build_dir: { name: 'deb.pipBuildDir', plugin: 'deb' },
  collectstatic: { name: 'deb.collectstatic', plugin: 'deb' },
  django_project: { name: 'deb.djangoProject', plugin: 'deb' },
  django_python: { name: 'deb.djangoPython', plugin: 'deb' },
  db_user: { name: 'postgres.user', plugin: 'postgres' },
  dba: { name: 'postgres.dba', plugin: 'postgres' },
  db_name: { name: 'postgres.name', plugin: 'postgres' },
  db_password: { name: 'postgres.password', plugin: 'postgres' },
  db_port: { name: 'postgres.port', plugin: 'postgres' },
  db_host: { name: 'postgres.host', plugin: 'postgres' },
}

/** The plugin that a variable of the originals belongs to. */
export function pluginOf(name: string): string | undefined {
  return Object.keys(ofPlugins).find((plugin) => ofPlugins[plugin]?.includes(name)) ?? ofEnvironments[name]?.plugin
}
