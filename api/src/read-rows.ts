import { readFileSync } from 'node:fs'
import { AppError } from '#lib/app-error.ts'

/** Labelled rows, one JSON object a line. @throws not_found */
export function readRows<Row>(path: string): Row[] {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (cause) {
    throw new AppError('not_found', `There is no data at ${path}. Name a file of JSON lines.`, { cause })
  }
  return text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Row)
}
