import { type CoreEnv, exitStatuses, type FieldValues, type HookContext, type Step, sh, shellFunction, step } from '@dragonfab/core'
import type { options } from './options.ts'
import { waitForSite } from './wait-for-site.ts'

export interface MaintenanceEnv extends CoreEnv {
  readonly maintenance: FieldValues<typeof options>
}

const { exitStatus, failures } = exitStatuses({
  unwritable: {
    status: 64,
    code: 'MAINTENANCE_UNWRITABLE',
    message: 'the maintenance flag cannot be written or removed: $OUTPUT',
    remedy: 'let the user who runs the steps write to `maintenance.folder`',
  },
})

/** `must <command>…`: ends the step if the command fails, and prints its output. */
const must = shellFunction('maintenance_must', sh`output=$("$@" 2>&1) || { printf '%s\n' "$output"; exit ${exitStatus.unwritable}; }`)

/**
 * Writes first the page, then the flag, by a rename, so that no visitor gets a missing page. `$DF_RUN/maintenance` shows that this run began
 * maintenance, and not an earlier one.
 */
export function beginMaintenance({ env, upload }: Pick<HookContext<MaintenanceEnv>, 'env' | 'upload'>): readonly Step[] {
  const { folder, page, message, url, hasWebServer } = env.maintenance
  if (!hasWebServer) return []
  const writePlainPage = sh`
    printf %s ${plainPage(env.appName, message)} >"$folder/.page.new"
    cmp -s "$folder/.page.new" "$folder/page/index.html" || ${must} mv -f "$folder/.page.new" "$folder/page/index.html"
    rm -f "$folder/.page.new"
  `
  const flag = sh`
    umask 022
    folder=${folder}
    ${must} mkdir -p -- "$folder/page"
    [ -w "$folder" ] || { echo "$folder belongs to another user"; exit ${exitStatus.unwritable}; }
    ${page === undefined ? writePlainPage : sh`[ -f "$folder/page/index.html" ] || echo 'the page has no index.html, so the web server has nothing to show' >&2`}
    if [ -e "$folder/on" ]; then
      [ -e "$DF_RUN/maintenance" ] || echo "in maintenance before this run: $(cat -- "$folder/on")"
    else
      : >"$DF_RUN/maintenance"
      printf '{"since":"%s",%s}\n' "$(date -u +%Y-%m-%dT%H:%M:%SZ)" "$DF_WHO" >"$folder/.on.new"
      ${must} mv -f "$folder/.on.new" "$folder/on"
      echo "in maintenance: $folder/on"
    fi
  `
  return [
    ...(page === undefined ? [] : [upload(page, `${folder}/page`)]),
    step(flag, { title: 'begin maintenance', failures, writes: { path: `${folder}/page/index.html`, variable: 'maintenance.folder' } }),
    ...(url === undefined ? [] : [waitForSite(url, 'maintenance')]),
  ]
}

/** `onlyOwn`: only if this run began maintenance. */
export function endMaintenance(env: MaintenanceEnv, { onlyOwn }: { readonly onlyOwn: boolean }): readonly Step[] {
  const { folder, url, hasWebServer } = env.maintenance
  if (!hasWebServer) return []
  const text = sh`
    folder=${folder}
    [ -e "$folder/on" ] || { echo 'live'; exit 0; }
    ${onlyOwn ? sh`[ -e "$DF_RUN/maintenance" ] || { echo 'in maintenance before this run, so it was not ended'; exit 0; }` : sh``}
    ${must} rm -f -- "$folder/on"
    rm -f "$DF_RUN/maintenance"
    echo 'live again'
  `
  return [
    step(text, { title: onlyOwn ? 'end maintenance if this run began it' : 'end maintenance', failures }),
    ...(url === undefined || onlyOwn ? [] : [waitForSite(url, 'live')]),
  ]
}

/** Prints a line of `status`. */
export function showMaintenance({ maintenance: { folder, hasWebServer } }: MaintenanceEnv): Step | undefined {
  if (!hasWebServer) return undefined
  const text = sh`
    flag=${`${folder}/on`}
    [ ! -e "$flag" ] || printf '%-10s on: %s\n' maintenance "$(cat -- "$flag")"
  `
  return step(text, { title: 'is the site in maintenance' })
}

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }
const escapeHtml = (text: string): string => text.replace(/[&<>"]/g, (each) => entities[each] ?? each)

/** The default page: a single file. */
function plainPage(title: string, message: string): string {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="robots" content="noindex">
<title>${escapeHtml(title)}</title>
<style>body { font: 1.2em/1.5 system-ui, sans-serif; margin: 20vh auto 0; max-width: 32em; padding: 0 1em; text-align: center }</style>
<h1>${escapeHtml(title)}</h1>
<p>${escapeHtml(message)}</p>
</html>
`
}
