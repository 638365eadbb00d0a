import fc from 'fast-check'
import { Tiktoken } from 'js-tiktoken/lite'
import cl100k from 'js-tiktoken/ranks/cl100k_base'
import o200k from 'js-tiktoken/ranks/o200k_base'
import { expect, test } from 'vitest'
import type { ModelMessage } from './index.ts'
import { promptTokensMax, toolTokensMax } from './prompt-bound.ts'
import { toolsJson } from './request-json.ts'

const encodings = [new Tiktoken(cl100k), new Tiktoken(o200k)]
/** What OpenAI's template puts around a message, and before the answer. */
const [frameOfMessage, frameOfPrompt] = [4, 3]

const text = fc.oneof(fc.string({ unit: 'grapheme', maxLength: 200 }), fc.string({ unit: 'binary', maxLength: 200 }), fc.lorem({ maxCount: 60 }))
const message = fc.oneof(
  fc.tuple(text, fc.constantFrom('user' as const, 'system' as const)).map(([content, role]) => ({ content, message: { role, text: content } })),
  text.map((content) => ({ content, message: { role: 'tool' as const, callId: 'call_1', text: content } })),
  fc.tuple(text, fc.dictionary(fc.string(), fc.jsonValue(), { maxKeys: 5 })).map(([content, args]) => ({
    content: `${content}search${JSON.stringify(args)}`,
    message: { role: 'assistant' as const, text: content, calls: [{ id: 'call_1', name: 'search', args }] },
  })),
)
const parameters = { type: 'object', properties: { query: { type: 'string', maxLength: 400 } }, required: ['query'], additionalProperties: false }
const tool = { name: 'search', description: 'Searches the web 検索', parameters }

test('no prompt, in any language or none, is more tokens than its bound', () => {
  fc.assert(
    fc.property(fc.array(message, { maxLength: 8 }), fc.boolean(), (prompt, withTools) => {
      const tools = withTools ? [tool] : []
      const bound = promptTokensMax(
        prompt.map(({ message }): ModelMessage => message),
        tools,
      )
      const schema = withTools ? JSON.stringify(tool) : ''
      for (const encoding of encodings) {
        const count = (words: string) => encoding.encode(words, 'all').length
        const truth = prompt.reduce((sum, { content }) => sum + count(content) + frameOfMessage, count(schema) + frameOfPrompt)
        expect(truth).toBeLessThanOrEqual(bound)
      }
    }),
    { numRuns: 300 },
  )
})

const words = fc.lorem({ maxCount: 30 }).map((text) => `Searches the repository for ${text}, e.g. "README.md" or https://example.org/a?b=1`)
const described = fc.record({
  name: fc.constantFrom('wiki__search_pages', 'files__readFile2', 'issues__list-all'),
  description: words,
  parameters: fc.array(fc.tuple(fc.constantFrom('query', 'pageNumber', 'created_after', 'isDraft'), words)).map((properties) => ({
    type: 'object',
    properties: Object.fromEntries(properties.map(([name, description]) => [name, { type: ['string', 'null'], description, maxLength: 4096 }])),
    additionalProperties: false,
  })),
})

test('a tool is counted by its words: no less than tokenizers find, and less than three quarters of its bytes', () => {
  fc.assert(
    fc.property(described, (tool) => {
      const json = toolsJson([tool])
      const counted = toolTokensMax(tool)
      for (const encoding of encodings) expect(encoding.encode(json, 'all').length).toBeLessThanOrEqual(counted)
      expect(counted).toBeLessThan(Buffer.byteLength(json) * 0.75)
    }),
    { numRuns: 200 },
  )
})
