// commit-msg.mjs FILE: exits with 1 and prints the problems if the message in FILE breaks the rules.
import { readFileSync } from 'node:fs'
import { messageProblems } from '../checks/commits.mjs'

const [file] = process.argv.slice(2)
const problems = messageProblems(readFileSync(file, 'utf8'))
for (const problem of problems) console.error(`commit message: ${problem}`)
if (problems.length > 0) console.error('commit message: see CONTRIBUTING.md; your text is in .git/COMMIT_EDITMSG')
process.exit(problems.length > 0 ? 1 : 0)
