import type { Database } from '#ports/database/index.ts'
import type { conversations } from '#ports/database/tables.ts'
import { allMessages, shownBranch } from './branch.ts'
import { toConversation } from './conversation-list.ts'
import { toMessage } from './messages.ts'

type ConversationRow = typeof conversations.$inferSelect
export type ExportFormat = 'markdown' | 'json'

/** One conversation as a file: as Markdown the branch that is shown, as JSON all of it, as the export of a person has it. */
export async function exportOne({ db }: Pick<Database, 'db'>, conversation: ConversationRow, format: ExportFormat): Promise<string> {
  const rows = await allMessages({ db }, conversation.id)
  if (format === 'json') return `${JSON.stringify({ ...toConversation(conversation), messages: rows.map(toMessage) }, null, 2)}\n`
  const said = shownBranch(rows, conversation.leafId).map(({ role, model, content, sources, citations, createdAt }) => {
    const who = role === 'user' ? 'You' : `Jarvis${model ? ` (${model})` : ''}`
    const plain = (title: string) => title.replace(/[\\[\]\n]/g, ' ')
    const list = citations
      ? citations.map(({ n, title, url, page }) => `- \\[${n}\\] ${plain(title)}${url ? `: <${url}>` : page ? `, page ${page}` : ''}`)
      : sources.map(({ title, url }, index) => `${index + 1}. ${plain(title)}: <${url}>`)
    return [`## ${who}, ${createdAt.toISOString().slice(0, 16).replace('T', ' ')} UTC`, content, ...(list.length > 0 ? [list.join('\n')] : [])].join(
      '\n\n',
    )
  })
  return `${[`# ${conversation.title || 'New chat'}`, ...said].join('\n\n')}\n`
}

/** A file's name that every system takes, from a title. */
export function fileNameOf(title: string, format: ExportFormat): string {
  const name = title
    .replace(/[^\p{L}\p{N}]+/gu, '-')
    .slice(0, 60)
    .replace(/^-|-$/g, '')
  return `${name || 'conversation'}.${format === 'json' ? 'json' : 'md'}`
}
