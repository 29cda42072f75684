import { code, DragonfabError, definePlugin, type TaskSpec, usageError } from '@dragonfab/core'
import { crawlSite } from './crawl.ts'
import { type LinkcheckerEnv, options } from './options.ts'

const summary = 'Follow the links of the site from this machine, and fail if one is broken'

function checkLinks({ linkchecker }: LinkcheckerEnv, argument: string | undefined) {
  const url = argument ?? linkchecker.url
  if (url === undefined || !/^https?:\/\//.test(url) || !URL.canParse(url))
    throw usageError({
      code: 'LINKCHECKER_URL',
      message: url === undefined ? 'linkchecker: there is no address to check' : `linkchecker: ${url} is not an address of a site`,
      remedy: 'set linkchecker.url to the address of the site',
    })
  const settings = { ...linkchecker, url }
  return code(
    { name: 'linkchecker', title: `follow the links of ${url}`, args: settings, target: 'local' },
    async ({ signal, progress, log }) => {
      const { requested, broken, truncated } = await crawlSite(settings, signal, progress)
      const lines = broken.map((each) => `${each.url} ${each.reason}, on ${each.page}`)
      const bad = broken.filter(({ external }) => !external || settings.external === 'require')
      for (const line of lines.slice(0, 200)) log(line)
      log(
        `${requested} addresses, ${broken.length} broken${truncated ? `; not all were requested: linkchecker.pages is ${settings.pages}` : ''}`,
      )
      if (bad.length)
        throw new DragonfabError({
          code: 'LINKS_BROKEN',
          message: `${bad.length} of ${requested} links are broken`,
          cause: lines.slice(0, 20).join('\n'),
          remedy: 'correct these pages, or skip addresses with linkchecker.exclude',
        })
    },
  )
}

const checkTask: TaskSpec<LinkcheckerEnv> = { summary, args: ['url?'], readOnly: true, run: ({ env, args }) => checkLinks(env, args.url) }

/** Follows the links of a site. */
export const linkchecker = definePlugin({
  name: 'linkchecker',
  options,
  tasks: { 'linkchecker.check': checkTask, linkchecker: { ...checkTask, overridable: true } },
})
