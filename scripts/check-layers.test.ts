import { describe, expect, test } from 'vitest'
import { checkDomain, checkLayers, checkLengths, checkSchemas } from './check-layers.ts'

const broken: [rule: string, path: string, line: string, told: string][] = [
  ['contracts use nothing of ours', 'contracts/src/chat.ts', `import { x } from '@jarvis/api/lib/money.ts'`, 'contracts may not use api/lib'],
  ['contracts use two packages', 'contracts/src/chat.ts', `import fs from 'node:fs'`, 'only zod and @ag-ui/core'],
  ['lib uses no port', 'api/src/lib/money.ts', `import { x } from '#ports/limits/index.ts'`, 'api/lib may not use api/ports'],
  [
    'a port uses no feature',
    'api/src/ports/limits/redis.ts',
    `export * from '#features/billing/index.ts'`,
    'api/ports may not use api/features/billing',
  ],
  ['a port does not know HTTP', 'api/src/ports/limits/redis.ts', `import type { X } from '#http/server.ts'`, 'api/ports may not use api/http'],
  ['http knows no feature', 'api/src/http/server.ts', `import { x } from '#features/chat/index.ts'`, 'api/http may not use api/features/chat'],
  ['no test code in the product', 'api/src/ports/jobs/bullmq.ts', `import { x } from '#test/engines/redis.ts'`, 'may not use api/test'],
  ['nothing uses app', 'api/src/features/chat/run.ts', `import { x } from '#app.ts'`, 'may not use api/app'],
  [
    'features follow their table',
    'api/src/features/audit/index.ts',
    `import { x } from '#features/accounts/index.ts'`,
    'api/features/audit may not use',
  ],
  ['a feature has a door', 'api/src/features/billing/index.ts', `import { x } from '#features/accounts/users.ts'`, 'through its index.ts'],
  ['an edge is for app alone', 'api/src/features/billing/index.ts', `import { x } from '#features/accounts/edge.ts'`, 'its edge.ts by app.ts alone'],
  ['app enters by the door too', 'api/src/app.ts', `import { x } from './features/accounts/users.ts'`, 'through its index.ts'],
  ['a new feature is in the table', 'api/src/features/poetry/index.ts', `import { x } from '#lib/ids.ts'`, 'does not know'],
  ['app does not use main', 'api/src/app.ts', `import { x } from './main.ts'`, 'api/app may not use api/main'],
  ['main uses app', 'api/src/main.ts', `import { x } from '#features/chat/index.ts'`, 'api/main may not use'],
  ['no way up', 'api/src/features/chat/run.ts', `import { x } from '../../lib/ids.ts'`, `write '#folder/file.ts'`],
  ['no simulator in the product', 'api/src/app.ts', `import { x } from '../../simulators/openai/server.ts'`, 'never uses a simulator'],
  ['the practice model stands alone', 'api/src/practice-model/http.ts', `import { x } from '#lib/ids.ts'`, 'api/practice-model may not use'],
  ['nobody imports the practice model', 'api/src/ports/models/x.ts', `import { x } from '#practice-model/http.ts'`, 'api/ports may not use'],
  ['a lazy import counts', 'api/src/lib/ids.ts', `const x = await import('#ports/models/index.ts')`, 'api/lib may not use'],
  ['an import of many lines counts', 'api/src/lib/ids.ts', `import {\n  type X,\n  y,\n} from '#ports/models/index.ts'`, 'api/lib may not use'],
  [
    'web features are strangers',
    'web/src/features/chat/page.tsx',
    `import { x } from '#features/billing/plan.ts'`,
    'may not use web/features/billing',
  ],
  ['ui has no data', 'web/src/ui/menu.tsx', `import { x } from '#lib/call.ts'`, 'web/ui may not use web/lib'],
  ['web lib knows no feature', 'web/src/lib/call.ts', `import '#features/chat/page.tsx'`, 'web/lib may not use'],
  ['web does not use the api', 'web/src/lib/call.ts', `import { x } from '@jarvis/api/lib/ids.ts'`, 'web/lib may not use api/lib'],
  ['one reader of the environment', 'api/src/ports/models/openai.ts', `const key = process.env.OPENAI_API_KEY`, 'only api/src/config.ts'],
]

describe('what breaks a rule is told in a sentence:', () => {
  test.each(broken)('%s', (_rule, path, line, told) => {
    expect(checkLayers([{ path, text: `${line}\n` }])).toEqual([expect.stringContaining(told)])
  })
})

const kept: [path: string, line: string][] = [
  ['contracts/src/run.ts', `import { z } from 'zod'\nimport { EventSchema } from '@ag-ui/core/schemas'\nimport { Chat } from './chat.ts'`],
  ['contracts/src/run.test.ts', `import { test } from 'vitest'`],
  [
    'api/src/ports/limits/redis.ts',
    `import { AppError } from '#lib/app-error.ts'\nimport { x } from '#ports/redis/index.ts'\nimport { y } from './index.ts'`,
  ],
  [
    'api/src/features/chat/run.ts',
    `import type { Billing } from '#features/billing/index.ts'\nimport { endpoints } from '@jarvis/contracts/endpoints.ts'`,
  ],
  ['api/src/features/agent/tools/web-search.ts', `import { x } from '#features/agent/sources.ts'`],
  ['api/src/features/agent/agent.test.ts', `import { x } from '../../../../simulators/openai/server.ts'`],
  ['api/src/ports/jobs/jobs.test.ts', `import { x } from '#test/engines/redis.ts'`],
  ['api/src/http/rate-limit.ts', `import type { Limits } from '#ports/limits/index.ts'`],
  ['api/src/app.ts', `import { x } from './features/chat/index.ts'\nimport { y } from '#features/chat/edge.ts'`],
  ['api/src/cli.ts', `import { x } from './operator.ts'\nimport { y } from '#features/guard/index.ts'`],
  ['api/src/main.ts', `import { x } from './app.ts'\nimport { y } from './config.ts'`],
  ['api/src/config.ts', `export const config = read(process.env)`],
  ['web/src/app.tsx', `import { x } from '#features/chat/page.tsx'`],
  ['web/src/features/chat/page.tsx', `import { x } from '#ui/menu.tsx'\nimport { y } from '#features/chat/live/chat.ts'`],
]

test.each(kept)('what keeps the rules passes: %s', (path, text) => {
  expect(checkLayers([{ path, text }])).toEqual([])
})

describe('the domain is apart from its edge:', () => {
  const file = (name: string, text: string) => ({ path: `api/src/features/poetry/${name}.ts`, text: `${text}\n` })
  const edge = file(
    'edge',
    `import { signedIn } from '#http/caller.ts'\nimport { poemRoutes } from './routes.ts'\nimport { write } from './write.ts'`,
  )
  const routes = file('routes', `import type { FastifyReply } from 'fastify'\nimport { verse } from './verse.ts'`)

  test('an edge, and what edges alone import, may know HTTP', () => {
    expect(checkDomain([edge, routes, file('verse', `import { problem } from '#http/problem.ts'`)])).toEqual([])
  })

  test.each([
    ['a file that nobody imports', [file('alone', `import { signedIn } from '#http/caller.ts'`)]],
    ['an index', [file('index', `import type { FastifyReply } from 'fastify'`), edge]],
    ['a file that the domain imports too', [file('index', `import { poemRoutes } from './routes.ts'`), edge, routes]],
    ['one that the domain imports beside a route', [edge, routes, file('index', `import './verse.ts'`), file('verse', `import '@fastify/x'`)]],
  ])('%s may not', (_what, files) => {
    expect(checkDomain(files)).toEqual([expect.stringContaining('knows HTTP: only')])
  })
})

const contracts = '@jarvis/contracts/chat.ts'
test.each<[line: string, told: string[]]>([
  [`import { Message } from '${contracts}'`, ['the schema Message']],
  [`import { type Part, endpoints, Message,\n  Usage } from '${contracts}'`, ['the schema Message', 'the schema Usage']],
  [`import { Message as Shape } from '${contracts}'`, ['the schema Message as Shape']],
  [`import * as chat from '${contracts}'`, ['the schema *']],
  [`export { Message } from '${contracts}'`, ['the schema Message']],
  [`import { z } from 'zod'`, ['imports zod']],
  [`import { type Message, messageCharactersMax } from '${contracts}'`, []],
  [`import type { Message } from '${contracts}'`, []],
  [`import { Message } from './message.tsx'`, []],
])('the page has no schema, only its type: %s', (line, told) => {
  const check = (path: string) => checkSchemas([{ path, text: `import { x } from './x.ts'\n${line}\n` }])
  expect(check('web/src/lib/call.ts')).toEqual(told.map((part) => expect.stringContaining(part)))
  expect([...check('web/src/lib/call.test.ts'), ...check('api/src/app.ts')]).toEqual([])
})

test('files stay short', () => {
  const long = (count: number) => Array.from({ length: count }, (_, at) => ({ path: `api/src/lib/a${at}.ts`, text: 'x\n'.repeat(90) }))
  const short = (count: number) => Array.from({ length: count }, (_, at) => ({ path: `api/src/lib/b${at}.ts`, text: 'x\n' }))
  expect(checkLengths([...long(2), ...short(3)])).toEqual([])
  expect(checkLengths([...long(3), ...short(2)])).toEqual([expect.stringContaining('90 lines')])
})
