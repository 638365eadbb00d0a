import { withParents } from './chatgpt.ts'
import { type Found, type FoundMessage, type Json, type Skip, idIn, isJson, listIn, textIn, timeIn } from './found.ts'

/** Our own: a conversation of the export of a person, or one that was exported by itself. */
export const isJarvis = (value: Json): boolean => Array.isArray(value['messages']) && 'leafId' in value && 'folderId' in value

export function fromJarvis(value: Json, skip: Skip, folders: ReadonlyMap<string, string>): Found {
  const messages = listIn(value['messages']).filter(isJson)
  const parents = new Map(messages.map((node) => [textIn(node['id']), idIn(node['parentId'])]))
  return {
    id: textIn(value['id']),
    title: textIn(value['title']),
    createdAt: timeIn(value['createdAt']),
    updatedAt: timeIn(value['updatedAt']),
    archived: value['archived'] === true,
    pinned: value['pinned'] === true,
    folder: folders.get(textIn(value['folderId'])) ?? null,
    leaf: idIn(value['leafId']),
    messages: withParents(
      messages.flatMap((node) => messageOf(node, skip) ?? []),
      (id) => parents.get(id) ?? null,
    ),
  }
}

/** Whose conversations go into a folder of the same name. */
export const foldersIn = (value: Json): Map<string, string> =>
  new Map(
    listIn(value['folders'])
      .filter(isJson)
      .map((folder) => [textIn(folder['id']), textIn(folder['name'])]),
  )

function messageOf(node: Json, skip: Skip): FoundMessage | null {
  const { role } = node
  const id = idIn(node['id'])
  if (id === null || (role !== 'user' && role !== 'assistant')) return null
  const calls = listIn(node['toolCalls']).length
  if (calls > 0) skip('tool_calls', calls)
  for (const part of listIn(node['parts']).filter(isJson)) {
    if (part['type'] === 'image') skip('pictures')
    if (part['type'] === 'file') skip('files')
    if (part['type'] === 'reasoning') skip('reasoning')
  }
  const text = textIn(node['content'])
  if (text.trim() === '') return (skip('empty_messages'), null)
  const sources = listIn(node['sources'])
    .filter(isJson)
    .map((source) => ({ title: textIn(source['title']), url: textIn(source['url']) }))
  return { id, parent: idIn(node['parentId']), role, text, model: idIn(node['model']), createdAt: timeIn(node['createdAt']), sources }
}
