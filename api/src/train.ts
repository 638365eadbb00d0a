import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { trainGuard, writeGuardModel } from '#features/guard/training/train.ts'
import type { TrainingRow } from '#features/guard/training/generate.ts'

const { positionals, values } = parseArgs({ allowPositionals: true, options: { data: { type: 'string' } } })
const rowsOf = <Row>(fallback: string) =>
  readFileSync(values.data ?? fallback, 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Row)

if (positionals[0] === 'guard') writeGuardModel(trainGuard(rowsOf<TrainingRow>('../shared/data/guard/dev.jsonl')))
else {
  process.stderr.write('Usage: npm run train -- guard|router [--data rows.jsonl]\n')
  process.exitCode = 2
}
