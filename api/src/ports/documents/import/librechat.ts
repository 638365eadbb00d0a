import { withParents } from './chatgpt.ts'
import { type Found, type FoundMessage, type Json, type Skip, idIn, isJson, listIn, textIn, timeIn } from './found.ts'

/** The JSON export of one conversation of LibreChat, as a list or with the answers within their questions. */
export const isLibreChat = (value: Json): boolean =>
  typeof value['conversationId'] === 'string' && (Array.isArray(value['messages']) || Array.isArray(value['messagesTree']))

export function fromLibreChat(value: Json, skip: Skip): Found {
  const nodes = flat([...listIn(value['messages']), ...listIn(value['messagesTree'])])
  const parents = new Map(nodes.map((node) => [textIn(node['messageId']), idIn(node['parentMessageId'])]))
  const messages = nodes.flatMap((node) => messageOf(node, skip) ?? [])
  const times = messages.flatMap(({ createdAt }) => createdAt ?? [])
  return {
    id: textIn(value['conversationId']),
    title: textIn(value['title']),
    createdAt: times.length > 0 ? times.reduce((one, other) => Math.min(one, other)) : null,
    updatedAt: times.length > 0 ? times.reduce((one, other) => Math.max(one, other)) : timeIn(value['exportAt']),
    archived: value['isArchived'] === true,
    pinned: false,
    folder: null,
    leaf: null,
    messages: withParents(messages, (id) => parents.get(id) ?? null),
  }
}

/** Without recursion: how deep it is, a stranger decides. */
function flat(roots: unknown[]): Json[] {
  const found: Json[] = []
  const waiting = roots.filter(isJson).toReversed()
  for (let node = waiting.pop(); node; node = waiting.pop()) {
    found.push(node)
    for (const child of listIn(node['children']).filter(isJson).toReversed()) waiting.push(child)
  }
  return found
}

function messageOf(node: Json, skip: Skip): FoundMessage | null {
  const id = idIn(node['messageId'])
  if (id === null) return null
  if (listIn(node['files']).length > 0) skip('files', listIn(node['files']).length)
  const text =
    textIn(node['text']) ||
    listIn(node['content'])
      .map((part) => partText(part, skip))
      .filter((part) => part !== '')
      .join('\n\n')
  if (text.trim() === '') return (skip('empty_messages'), null)
  const role = node['isCreatedByUser'] === true ? 'user' : 'assistant'
  const model = role === 'assistant' ? idIn(node['model']) : null
  return { id, parent: idIn(node['parentMessageId']), role, text, model, createdAt: timeIn(node['createdAt']), sources: [] }
}

function partText(part: unknown, skip: Skip): string {
  if (!isJson(part)) return ''
  if (part['type'] === 'text') return textIn(part['text']) || (isJson(part['text']) ? textIn(part['text']['value']) : '')
  skip(part['type'] === 'think' ? 'reasoning' : part['type'] === 'tool_call' ? 'tool_calls' : 'files')
  return ''
}
