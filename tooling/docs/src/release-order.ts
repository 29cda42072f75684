import { fileURLToPath } from 'node:url'
import { hide } from '@dragonfab/core'
import { buildPlan, loadProject, type PlannedPhase, type Segment, selectHosts } from '@dragonfab/plan'
import git from '@dragonfab/plugin-git'
import healthcheck from '@dragonfab/plugin-healthcheck'
import localshared from '@dragonfab/plugin-localshared'
import notify from '@dragonfab/plugin-notify'
import supervisorctl from '@dragonfab/plugin-supervisorctl'
import systemd from '@dragonfab/plugin-systemd'
import upload from '@dragonfab/plugin-upload'
import virtualenv from '@dragonfab/plugin-virtualenv'

/** What a fleet of one host would know when its release is planned. */
const facts = {
  local: { release: '261121-101500', 'git.ref': 'refs/heads/main' },
  hosts: {
    web1: {
      'git.source': 'git@git.example.org:shop.git',
      'git.ref': 'refs/heads/main',
      'git.commit': '2f0c1d7a1b0c8f6f1e2b3a4c5d6e7f8091a2b3c4',
    },
  },
}

/** The plan of a `release` in which every plugin takes part that can. */
function planOfRelease(): readonly PlannedPhase[] {
  const config = {
    appName: 'shop',
    plugins: [
      git({ repo: 'git@git.example.org:shop.git', branch: 'main' }),
      upload({ folder: 'assets' }),
      virtualenv(),
      localshared({ source: '/srv/shared' }),
      supervisorctl({ program: 'shop' }),
      systemd({ units: ['shop.service'] }),
      healthcheck({ checks: ['http://localhost:8000/health'] }),
      notify({ webhook: hide('https://chat.example.org/hook', 'hook') }),
    ],
    environments: {
      production: {
        hosts: ['web1'],
        user: 'deploy',
        linkedFiles: ['config/secrets.yml'],
        linkedDirs: ['uploads'],
        dotenv: { PORT: '8000' },
      },
    },
  }
  const directory = fileURLToPath(new URL('.', import.meta.url))
  const project = loadProject(config, { directory, user: 'deploy' })
  const hosts = selectHosts(project, { environment: 'production', tasks: ['release'] })
  const request = {
    run: 'documentation',
    environment: 'production',
    command: ['release'],
    tasks: [{ task: 'release', args: [], when: 'next' as const }],
    hosts,
    facts,
  }
  const { plan } = buildPlan(project, request)
  return plan.tasks.flatMap(({ phases }) => phases)
}

/** Every step of a release in the order in which it runs, and what would undo it: what `--dry-run` prints, in one table. */
export function releaseInOrder(): string {
  const rows = planOfRelease().flatMap((phase, index) => [
    `| **${index + 1}** | **${phase.signals.map((signal) => signal.replace('deploy.', '')).join(', ')}** | | ${phase.live ? 'live: a failure undoes every host' : 'nothing that runs is changed yet'} |`,
    ...stepRows(phase.segments, ''),
    ...stepRows(phase.undo, 'undo'),
  ])
  return ['| phase | signal | plugin | what it does |', '| --- | --- | --- | --- |', ...rows].join('\n')
}

function stepRows(segments: readonly Segment[], phase: string): readonly string[] {
  return segments.flatMap((segment) => {
    const parts = segment.kind === 'hosts' ? (Object.values(segment.parts)[0] ?? []) : [segment.part]
    return parts.flatMap(({ steps }) =>
      steps.map(({ signal, plugin, title }) => {
        const machine = segment.kind === 'hosts' ? '' : ' (on your machine, once)'
        return `| ${phase} | \`${signal}\` | ${plugin} | ${title.replaceAll('|', '\\|').replaceAll('<', '&lt;')}${machine} |`
      }),
    )
  })
}
