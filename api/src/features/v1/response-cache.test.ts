import { expect, test } from 'vitest'
import { createLog } from '#lib/log.ts'
import { createInProcessCache } from '#ports/cache/in-process.ts'
import type { Cache } from '#ports/cache/index.ts'
import type { Admitted } from './answering.ts'
import { createResponseCache, type Kept, type Sharing } from './response-cache.ts'

const log = createLog('silent')
const bounds = { bytesMax: 100_000, entryBytesMax: 50_000, keptSeconds: 3600 }
const receipt = { costMicroUsd: 5, cached: false, reason: '' }
const answer = (fields: Partial<Kept> = {}): Kept => ({
  text: 'Oslo is cold.',
  reasoning: '',
  calls: [],
  finishReason: 'stop',
  model: 'one',
  used: { inputTokens: 1, outputTokens: 1, isEstimate: false },
  receipt,
  ...fields,
})
const asked = (fields: Partial<Admitted> = {}): Admitted => ({
  model: 'one',
  messages: [{ role: 'user', text: 'How is Oslo?' }],
  tools: [],
  wishes: { temperature: 0 },
  models: ['one'],
  economy: 'one',
  reason: '',
  tokensLeft: 1,
  mayCache: true,
  ...fields,
})
const open = (sharing: Sharing, cache: Cache = createInProcessCache(bounds)) => createResponseCache({ cache, sharing: () => sharing, log })

test('what another model answered, and what was withheld, is not kept', async () => {
  const answers = open('person')
  const key = answers.keyOf('ada', asked())!
  await answers.keep(key, answer({ model: 'two' }), 'one')
  await answers.keep(key, answer({ finishReason: 'content_filter' }), 'one')
  expect(await answers.find(key)).toBeUndefined()
})

test('who is answered: the person alone, all where that is allowed, nobody where it is off', async () => {
  for (const [sharing, expected] of [
    ['person', false],
    ['all', true],
  ] as const) {
    const answers = open(sharing)
    await answers.keep(answers.keyOf('ada', asked())!, answer(), 'one')
    expect((await answers.find(answers.keyOf('ada', asked())!))?.receipt).toEqual({ ...receipt, costMicroUsd: 0, cached: true })
    expect((await answers.find(answers.keyOf('bob', asked())!)) !== undefined, sharing).toBe(expected)
    expect(await answers.find(answers.keyOf('ada', asked({ wishes: { temperature: 0, seed: 2 } }))!)).toBeUndefined()
  }
  expect(open('off').keyOf('ada', asked())).toBeNull()
  expect(open('all').keyOf('ada', asked({ wishes: { temperature: 0.1 } }))).toBeNull()
})

test('the store holds neither question nor answer in clear, and one that is away is a miss', async () => {
  const held: string[] = []
  const spy: Cache = {
    ...createInProcessCache(bounds),
    set: async (...entry) => void held.push(...entry),
    get: async () => {
      throw new Error('away')
    },
  }
  const answers = open('all', spy)
  const key = answers.keyOf('ada', asked())!
  await answers.keep(key, answer(), 'one')
  expect(held).toHaveLength(3)
  expect(held.some((text) => /Oslo|cold/.test(text) || /Oslo|cold/.test(Buffer.from(text, 'base64').toString('latin1')))).toBe(false)
  expect(await answers.find(key)).toBeUndefined()
})
