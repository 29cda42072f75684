import { type Fragment, sh } from '@dragonfab/core'
import type { Layout } from './layout.ts'

/** What `apply` compares with what the plan was made for: where `current` leads. Core adds the journal's last line. Read-only. */
export function fingerprintCurrent(layout: Layout): Fragment {
  return sh`
    if [ -L ${layout.currentPath} ]; then readlink -- ${layout.currentPath}; else echo 'no current'; fi
  `
}
