import { expect, test } from 'vitest'
import { makeZip } from '../../../test/make-zip.ts'
import { createLog } from '#lib/log.ts'
import { createIsolation } from '#ports/sandbox/index.ts'
import { conversationIn, readConversations } from './read-conversations.ts'

const { signal } = new AbortController()
const isolation = createIsolation({ log: createLog('silent') })

async function read(content: unknown) {
  const bytes = Buffer.isBuffer(content) ? content : Buffer.from(typeof content === 'string' ? content : JSON.stringify(content))
  const { kind, lines, skipped } = await readConversations(isolation, bytes, signal)
  return { kind, skipped, conversations: lines.map((line) => conversationIn(line)!) }
}

const node = (id: string, parent: string | null, role: string, parts: unknown[], more: object = {}) => ({
  [id]: {
    id,
    parent,
    children: [],
    message: { id, author: { role }, create_time: 1_700_000_000.5, content: { content_type: 'text', parts }, ...more },
  },
})
const chatGpt = {
  id: 'c1',
  title: 'Tides',
  create_time: 1_700_000_000.5,
  update_time: 1_700_000_100,
  is_archived: true,
  current_node: 'a2',
  mapping: {
    root: { id: 'root', parent: null, children: ['s'], message: null },
    ...node('s', 'root', 'system', ['']),
    ...node('q', 's', 'user', [{ content_type: 'image_asset_pointer' }, 'Why two tides?']),
    ...node('call', 'q', 'assistant', ['search("tides")'], { recipient: 'web' }),
    ...node('found', 'call', 'tool', ['a page']),
    ...node('thought', 'found', 'assistant', [], { content: { content_type: 'thoughts', thoughts: [] } }),
    ...node('a1', 'thought', 'assistant', ['The Moon\u0000, \ud800 and inertia.'], { metadata: { model_slug: 'gpt-4o' } }),
    ...node('a2', 'q', 'assistant', ['Another answer.']),
  },
}

test('an archive of ChatGPT: what was said as a tree, without what nobody saw, and with a count of the rest', async () => {
  const zip = makeZip([
    { name: 'user.json', data: '{"id":"somebody"}' },
    { name: 'conversations.json', data: JSON.stringify([chatGpt]) },
    { name: 'file-1-boat.png', data: 'not looked at' },
    { name: 'chat.html', data: '<p>' },
  ])
  expect(await read(zip)).toEqual({
    kind: 'chatgpt',
    skipped: { pictures: 2, tool_calls: 2, reasoning: 1 },
    conversations: [
      {
        id: 'c1',
        title: 'Tides',
        createdAt: 1_700_000_000_500,
        updatedAt: 1_700_000_100_000,
        archived: true,
        pinned: false,
        folder: null,
        leaf: 'a2',
        messages: [
          { id: 'q', parent: null, role: 'user', text: 'Why two tides?', model: null, createdAt: 1_700_000_000_500, sources: [] },
          {
            id: 'a1',
            parent: 'q',
            role: 'assistant',
            text: 'The Moon, \ufffd and inertia.',
            model: 'gpt-4o',
            createdAt: 1_700_000_000_500,
            sources: [],
          },
          { id: 'a2', parent: 'q', role: 'assistant', text: 'Another answer.', model: null, createdAt: 1_700_000_000_500, sources: [] },
        ],
      },
    ],
  })
})

test('Open WebUI and LibreChat, also with answers within questions', async () => {
  const webUi = await read([
    {
      id: 'w1',
      title: 'Sea',
      pinned: true,
      updated_at: 1_700_000_000,
      chat: {
        history: {
          currentId: 'b',
          messages: {
            a: { id: 'a', parentId: null, role: 'user', content: 'Hello', timestamp: 1_700_000_000 },
            b: { id: 'b', parentId: 'a', role: 'assistant', content: '<details type="reasoning" done="true">hm</details>Hi', model: 'llama3' },
          },
        },
      },
    },
  ])
  expect(webUi).toMatchObject({ kind: 'open_webui', skipped: { reasoning: 1 }, conversations: [{ id: 'w1', pinned: true, leaf: 'b' }] })
  expect(webUi.conversations[0]!.messages).toMatchObject([{ text: 'Hello' }, { parent: 'a', text: 'Hi', model: 'llama3' }])
  const said = { messageId: 'q', parentMessageId: '00000000-0000-0000-0000-000000000000', isCreatedByUser: true, text: 'Hello' }
  const answer = {
    messageId: 'a',
    parentMessageId: 'q',
    isCreatedByUser: false,
    content: [
      { type: 'think', think: 'hm' },
      { type: 'text', text: 'Hi' },
    ],
  }
  for (const messages of [{ messages: [said, answer] }, { messagesTree: [{ ...said, children: [answer] }] }]) {
    const found = await read({ conversationId: 'l1', title: 'Sea', ...messages })
    expect(found).toMatchObject({ kind: 'librechat', skipped: { reasoning: 1 } })
    expect(found.conversations[0]!.messages).toMatchObject([
      { role: 'user', parent: null },
      { role: 'assistant', parent: 'q', text: 'Hi' },
    ])
  }
})

/** Ten megabytes of zeros weigh ten kilobytes. */
const bomb = () => makeZip(Array.from({ length: 20 }, (_, index) => ({ name: `conversations-${index}.json`, data: Buffer.alloc(10_000_000, 32) })))

test.each<[string, () => Buffer | string, RegExp]>([
  ['no JSON', () => 'Hello', /no conversation/],
  ['JSON of something else', () => '{"a":1}', /no conversation/],
  ['a list of nothing', () => '[]', /no conversation/],
  [
    'an archive that is cut off',
    () => makeZip([{ name: 'conversations.json', data: JSON.stringify([chatGpt]) }]).subarray(0, 200),
    /no conversation/,
  ],
  ['an archive that becomes two hundred megabytes', bomb, /too large/],
  ['lists in lists in lists', () => '['.repeat(1_000_000), /no conversation/],
])('%s is refused with its reason', async (_name, content, sentence) => {
  await expect(read(content())).rejects.toMatchObject({ code: 'invalid_request', message: expect.stringMatching(sentence) })
})

test('messages in a circle, with ids that are names of what all objects have, end', async () => {
  const circle = { __proto__: null, ...node('toString', 'constructor', 'user', ['a']), ...node('constructor', 'toString', 'assistant', ['b']) }
  const { conversations } = await read([{ id: 'x', title: 't', mapping: circle }])
  expect(conversations[0]!.messages).toMatchObject([
    { id: 'toString', parent: 'constructor' },
    { id: 'constructor', parent: 'toString' },
  ])
})
