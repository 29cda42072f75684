/** Every form in which a secret could slip out: raw, quoted for a shell, JSON, URL, hex, base64 at each offset. Not the product's own list. */
export function formsOf(secret: string): readonly string[] {
  const bytes = Buffer.from(secret)
  const base64 = [0, 1, 2].map((offset) =>
    Buffer.concat([Buffer.alloc(offset), bytes])
      .toString('base64')
      .slice(offset ? 4 : 0)
      .replace(/.{3}=*$/, ''),
  )
  return [
    ...new Set([
      secret,
      secret.replaceAll("'", "'\\''"),
      JSON.stringify(secret).slice(1, -1),
      encodeURIComponent(secret),
      bytes.toString('hex'),
      bytes.toString('hex').toUpperCase(),
      ...base64,
    ]),
  ]
}
