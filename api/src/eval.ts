import { readFileSync } from 'node:fs'
import { formatGuardEval, guardEval, type GuardRow } from '#features/guard/index.ts'
import { AppError } from '#lib/app-error.ts'

/** Prints the guard's figures on labelled rows, one JSON object a line. */
export async function printGuardEval(path: string): Promise<void> {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (cause) {
    throw new AppError('not_found', `There is no data at ${path}. Name a file: npm run eval -- <rows.jsonl>`, { cause })
  }
  const rows = text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as GuardRow)
  console.log(formatGuardEval(guardEval(rows)))
}
