/**
 * Compares versions as dpkg does (deb-version(7)): negative where `one` is the older one. `1.10` is newer than `1.9`, `1.0~rc1` older than `1.0`, and an
 * epoch (`1:0.5`) goes before all else.
 */
export function compareVersions(one: string, other: string): number {
  const [a, b] = [parts(one), parts(other)]
  return a.epoch - b.epoch || compare(a.upstream, b.upstream) || compare(a.revision, b.revision)
}

function parts(version: string): { readonly epoch: number; readonly upstream: string; readonly revision: string } {
  const colon = version.indexOf(':')
  const rest = version.slice(colon + 1)
  const dash = rest.lastIndexOf('-')
  return {
    epoch: colon < 0 ? 0 : Number(version.slice(0, colon)),
    upstream: dash < 0 ? rest : rest.slice(0, dash),
    // No revision is the same as `-0`: both are empty runs of digits.
    revision: dash < 0 ? '' : rest.slice(dash + 1),
  }
}

/** Texts and numbers in turn, beginning with a text. */
function compare(one: string, other: string): number {
  const [a, b] = [pieces(one), pieces(other)]
  for (let index = 0; index < Math.max(a.length, b.length); index += 2) {
    const differs = compareText(a[index] ?? '', b[index] ?? '') || Number(a[index + 1] ?? 0) - Number(b[index + 1] ?? 0)
    if (differs) return differs
  }
  return 0
}

const pieces = (text: string): readonly string[] =>
  [...text.matchAll(/(\D*)(\d*)/g)].flatMap(([, word = '', digits = '']) => [word, digits || '0'])

/** `~` is before the end, the end before letters, letters before all else. */
function compareText(one: string, other: string): number {
  for (let index = 0; index < Math.max(one.length, other.length); index++) {
    const differs = weight(one[index]) - weight(other[index])
    if (differs) return differs
  }
  return 0
}

function weight(sign: string | undefined): number {
  if (sign === undefined) return 0
  if (sign === '~') return -1
  return /[A-Za-z]/.test(sign) ? sign.charCodeAt(0) : sign.charCodeAt(0) + 256
}
