// commit-msg.mjs FILE: exits with 1 and says why when the message in FILE should read otherwise.
import { readFileSync } from 'node:fs'
import { messageProblems } from '../checks/commits.mjs'

const [file] = process.argv.slice(2)
const problems = messageProblems(readFileSync(file, 'utf8'))
for (const problem of problems) console.error(`commit message: ${problem}`)
if (problems.length > 0) console.error('commit message: see CONTRIBUTING.md; the text is kept in .git/COMMIT_EDITMSG')
process.exit(problems.length > 0 ? 1 : 0)
