import { withParents } from './chatgpt.ts'
import { type Found, type FoundMessage, type Json, type Skip, idIn, isJson, listIn, textIn, timeIn } from './found.ts'

/** The export of Open WebUI: a list of chats, each with `chat.history` as a tree; older ones have a list alone. */
export const isOpenWebUi = (value: Json): boolean =>
  isJson(value['chat']) && (isJson(value['chat']['history']) || Array.isArray(value['chat']['messages']))

export function fromOpenWebUi(value: Json, skip: Skip): Found {
  const chat = value['chat'] as Json
  const history = isJson(chat['history']) ? chat['history'] : {}
  const tree = isJson(history['messages']) ? Object.values(history['messages']) : []
  const nodes = (tree.length > 0 ? tree : inLine(listIn(chat['messages']))).filter(isJson)
  const parents = new Map(nodes.map((node) => [textIn(node['id']), idIn(node['parentId'])]))
  const messages = nodes.flatMap((node) => messageOf(node, skip) ?? [])
  return {
    id: idIn(value['id']) ?? idIn(chat['id']) ?? '',
    title: textIn(value['title']) || textIn(chat['title']),
    createdAt: timeIn(value['created_at']) ?? timeIn(chat['timestamp']),
    updatedAt: timeIn(value['updated_at']),
    archived: value['archived'] === true,
    pinned: value['pinned'] === true,
    folder: null,
    leaf: idIn(history['currentId']),
    messages: withParents(messages, (id) => parents.get(id) ?? null),
  }
}

/** Each follows the one before it. */
const inLine = (list: unknown[]): unknown[] =>
  list
    .filter(isJson)
    .map((node, index, all) => ({ id: String(index), ...node, parentId: index === 0 ? null : (idIn(all[index - 1]!['id']) ?? String(index - 1)) }))

function messageOf(node: Json, skip: Skip): FoundMessage | null {
  const role = textIn(node['role'])
  const id = idIn(node['id'])
  if (listIn(node['files']).length > 0) skip('files', listIn(node['files']).length)
  if (id === null || (role !== 'user' && role !== 'assistant')) return null
  const text = withoutDetails(textIn(node['content']), skip)
  if (text.trim() === '') return (skip('empty_messages'), null)
  return {
    id,
    parent: idIn(node['parentId']),
    role,
    text,
    model: role === 'assistant' ? idIn(node['model']) : null,
    createdAt: timeIn(node['timestamp']),
    sources: [],
  }
}

const opening = '<details type="'
const closing = '</details>'

/** What the model thought and which tools it called stand in the text there. */
function withoutDetails(text: string, skip: Skip): string {
  let kept = ''
  for (let at = 0; ;) {
    const from = text.indexOf(opening, at)
    const to = from === -1 ? -1 : text.indexOf(closing, from)
    if (to === -1) return kept + text.slice(at)
    skip(text.startsWith('tool_calls', from + opening.length) ? 'tool_calls' : 'reasoning')
    kept += text.slice(at, from)
    at = to + closing.length
  }
}
