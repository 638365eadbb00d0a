import { cpus } from 'node:os'
import { benchAdapters } from './adapters.ts'
import { benchBilling } from './billing.ts'
import { benchLimiter } from './limiter.ts'
import { benchLongConversation } from './long-conversation.ts'
import { benchMemory } from './memory.ts'
import { benchOverload } from './overload.ts'
import { benchPage } from './page.ts'
import { benchPageStart } from './page-start.ts'
import { benchReplicas } from './replicas.ts'
import { benchRouter } from './router.ts'
import { benchStart } from './start.ts'
import { benchStarvation } from './starvation.ts'
import { benchStreams } from './streams.ts'
import { benchSystem } from './system.ts'
import { benchTokenPath } from './token-path.ts'
import { benchTools } from './tools.ts'
import { benchTurn } from './turn.ts'

const claims: Record<string, () => Promise<unknown>> = {
  turn: benchTurn,
  'token-path': async () => {
    await benchAdapters()
    await benchTokenPath()
  },
  adapters: benchAdapters,
  streams: benchStreams,
  memory: benchMemory,
  'long-conversation': benchLongConversation,
  replicas: benchReplicas,
  overload: benchOverload,
  starvation: benchStarvation,
  limiter: benchLimiter,
  router: benchRouter,
  billing: benchBilling,
  system: benchSystem,
  start: benchStart,
  tools: benchTools,
  page: benchPage,
  'page-start': benchPageStart,
}

const names = process.argv.slice(2)
const unknown = names.find((name) => !(name in claims))
if (unknown !== undefined) {
  console.error(`There is no claim "${unknown}". There are: ${Object.keys(claims).join(', ')}`)
  process.exit(2)
}
console.log(`Node ${process.version}, ${cpus().length} cores, everything on loopback`)
for (const name of names.length > 0 ? names : Object.keys(claims)) {
  const startedAt = performance.now()
  await claims[name]!()
  console.log(`\n${name}: ${((performance.now() - startedAt) / 1000).toFixed(0)} s`)
}
