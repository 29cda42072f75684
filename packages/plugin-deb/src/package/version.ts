/**
 * Compares versions as dpkg does (deb-version(7)): negative if `one` is older. `1.10` is newer than `1.9`, `1.0~rc1` is older than `1.0`, and the epoch
 * (`1:0.5`) counts before everything else.
 */
export function compareVersions(one: string, other: string): number {
  const [a, b] = [splitVersion(one), splitVersion(other)]
  return a.epoch - b.epoch || compareParts(a.upstream, b.upstream) || compareParts(a.revision, b.revision)
}

function splitVersion(version: string): { readonly epoch: number; readonly upstream: string; readonly revision: string } {
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
function compareParts(one: string, other: string): number {
  const [a, b] = [splitPieces(one), splitPieces(other)]
  for (let index = 0; index < Math.max(a.length, b.length); index += 2) {
    const differs = compareText(a[index] ?? '', b[index] ?? '') || Number(a[index + 1] ?? 0) - Number(b[index + 1] ?? 0)
    if (differs) return differs
  }
  return 0
}

const splitPieces = (text: string): readonly string[] =>
  [...text.matchAll(/(\D*)(\d*)/g)].flatMap(([, word = '', digits = '']) => [word, digits || '0'])

/** `~` is before the end, the end before letters, letters before anything else. */
function compareText(one: string, other: string): number {
  for (let index = 0; index < Math.max(one.length, other.length); index++) {
    const differs = weighSign(one[index]) - weighSign(other[index])
    if (differs) return differs
  }
  return 0
}

function weighSign(sign: string | undefined): number {
  if (sign === undefined) return 0
  if (sign === '~') return -1
  return /[A-Za-z]/.test(sign) ? sign.charCodeAt(0) : sign.charCodeAt(0) + 256
}
