/**
 * Text of a host as a terminal may show it: colours are taken out, every other control character (and what turns the direction of writing) is
 * written out, so that a host cannot move the cursor, set the title or hide a line. Newlines and tabs stay.
 */
export function escapeControls(text: string): string {
  return text
    .replace(/\x1b\[[0-9;:]*m/g, '')
    .replace(/[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g, (character) => {
      const code = character.charCodeAt(0)
      return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16)}`
    })
}
