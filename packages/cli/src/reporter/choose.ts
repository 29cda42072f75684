import { jsonReporter } from './json.ts'
import type { Output } from './output.ts'
import { PlainReporter } from './plain.ts'
import type { Reporter, ReporterOptions } from './reporter.ts'
import { TerminalReporter } from './terminal.ts'
import { paintColoured, paintPlain, wantsColour } from './text.ts'

export interface StandardStreams {
  readonly out: Output
  readonly err: Output
  readonly environment: Readonly<Record<string, string | undefined>>
}

/** JSON with `--json`, a live display at a terminal, plain lines otherwise (a pipe, CI, a dumb terminal). */
export function chooseReporter(
  { out, err, environment }: StandardStreams,
  options: ReporterOptions & { readonly json: boolean; readonly onlyAnswers: boolean },
): Reporter {
  if (options.json) return jsonReporter(out, options.now)
  const paint = wantsColour(out.isTerminal, environment) ? paintColoured : paintPlain
  const live = out.isTerminal && environment.TERM !== 'dumb' && !inCi(environment)
  return live ? new TerminalReporter(out, err, paint, options) : new PlainReporter(out, err, paint, options)
}

/** Most services set `CI`. Nobody watches a terminal there. */
function inCi(environment: Readonly<Record<string, string | undefined>>): boolean {
  return !!environment.CI && environment.CI !== 'false' && environment.CI !== '0'
}
