import { parseArgs } from 'node:util'
import { type GuardTrainingRow, trainGuard, writeGuardModel } from '#features/guard/index.ts'
import { type RouterRow, trainRouter, writeRouterModel } from '#features/router/index.ts'
import { readRows } from './read-rows.ts'

const { positionals, values } = parseArgs({ allowPositionals: true, options: { data: { type: 'string' } } })
const [mind] = positionals
if (mind === 'guard') writeGuardModel(trainGuard(readRows<GuardTrainingRow>(values.data ?? '../shared/data/guard/dev.jsonl')))
else if (mind === 'router') writeRouterModel(trainRouter(readRows<RouterRow>(values.data ?? '../shared/data/router/dev.jsonl')))
else {
  process.stderr.write('Usage: npm run train -- guard|router [--data rows.jsonl]\n')
  process.exitCode = 2
}
