import { type Found, type FoundMessage, type Json, type Skip, idIn, isJson, listIn, textIn, timeIn } from './found.ts'

/** `conversations.json` of ChatGPT: each has its messages as a tree in `mapping`, with many nodes that nobody saw. */
export const isChatGpt = (value: Json): boolean => isJson(value['mapping'])

export function fromChatGpt(value: Json, skip: Skip): Found {
  const nodes = value['mapping'] as Json
  const messages: FoundMessage[] = []
  for (const [id, node] of Object.entries(nodes)) {
    if (!isJson(node) || !isJson(node['message'])) continue
    const said = messageOf(id, idIn(node['parent']), node['message'], skip)
    if (said) messages.push(said)
  }
  return {
    id: idIn(value['conversation_id']) ?? idIn(value['id']) ?? '',
    title: textIn(value['title']),
    createdAt: timeIn(value['create_time']),
    updatedAt: timeIn(value['update_time']),
    archived: value['is_archived'] === true,
    pinned: value['is_starred'] === true,
    folder: null,
    leaf: idIn(value['current_node']),
    messages: withParents(messages, (id) => (isJson(nodes[id]) ? idIn(nodes[id]['parent']) : null)),
  }
}

function messageOf(id: string, parent: string | null, message: Json, skip: Skip): FoundMessage | null {
  const author = isJson(message['author']) ? textIn(message['author']['role']) : ''
  const content = isJson(message['content']) ? message['content'] : {}
  const metadata = isJson(message['metadata']) ? message['metadata'] : {}
  const type = textIn(content['content_type'])
  if (author === 'tool') return (skip('tool_calls'), null)
  if (author !== 'user' && author !== 'assistant') return null
  if (metadata['is_visually_hidden_from_conversation'] === true) return (skip('hidden_messages'), null)
  if (type === 'thoughts' || type === 'reasoning_recap') return (skip('reasoning'), null)
  const to = textIn(message['recipient'])
  if (author === 'assistant' && to !== '' && to !== 'all') return (skip('tool_calls'), null)
  const text = textOf(content, skip)
  if (text.trim() === '') return (skip('empty_messages'), null)
  const role = author
  return { id, parent, role, text, model: idIn(metadata['model_slug']), createdAt: timeIn(message['create_time']), sources: [] }
}

function textOf(content: Json, skip: Skip): string {
  const parts = listIn(content['parts']).map((part) => {
    if (typeof part === 'string') return part
    const type = isJson(part) ? textIn(part['content_type']) : ''
    if (type === 'audio_transcription' && isJson(part)) return textIn(part['text'])
    skip(type.startsWith('image') ? 'pictures' : 'files')
    return ''
  })
  if (parts.length === 0) parts.push(textIn(content['text']))
  return parts.filter((part) => part !== '').join('\n\n')
}

/** Hangs each message below the nearest one above it that was taken. */
export function withParents(messages: FoundMessage[], parentOf: (id: string) => string | null): FoundMessage[] {
  const taken = new Set(messages.map(({ id }) => id))
  const known = new Map<string, string | null>()
  const above = (from: string | null): string | null => {
    const passed: string[] = []
    let id = from
    // A circle ends where it comes by again.
    const seen = new Set<string>()
    while (id !== null && !taken.has(id) && !known.has(id) && !seen.has(id)) {
      seen.add(id)
      passed.push(id)
      id = parentOf(id)
    }
    const found = id === null ? null : taken.has(id) ? id : (known.get(id) ?? null)
    for (const one of passed) known.set(one, found)
    return found
  }
  return messages.map((message) => ({ ...message, parent: above(message.parent) }))
}
