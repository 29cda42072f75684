const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }
const escapeHtml = (text: string): string => text.replace(/[&<>"]/g, (each) => entities[each] ?? each)

/** The page where a project has none: one file that needs no other. */
export function plainPage(title: string, message: string): string {
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
