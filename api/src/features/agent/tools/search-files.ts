import { z } from 'zod'
import { labelOf } from '#features/agent/citations.ts'
import { defineTool, everyPlan, everyRole } from '#features/agent/tool.ts'

export type FoundPassage = {
  fileId: string
  position: number
  name: string
  page: number | null
  heading: string | null
  text: string
  before: string
  after: string
}
type SearchFiles = (asked: { readerId: string; conversationId: string; query: string; limit: number }) => Promise<FoundPassage[]>

const passagesMax = 5

export const searchFiles = (search: SearchFiles, hasFiles: (readerId: string) => Promise<boolean>) =>
  defineTool({
    name: 'search_files',
    title: 'Files',
    description:
      'Searches the files that this person attached to this conversation or, where it has none, all of their files. Returns passages with their numbers, the name of the file and the page; cite those that you use by their numbers.',
    args: z.strictObject({ query: z.string().min(1).max(300) }),
    risk: 'read',
    roles: everyRole,
    plans: everyPlan,
    timeoutSeconds: 15,
    outputCharactersMax: 10_000,
    untrusted: true,
    leaves: 'nothing',
    hasWork: ({ userId }) => hasFiles(userId),
    async execute({ query }, { caller, conversationId }) {
      const found = await search({ readerId: caller.userId, conversationId, query, limit: passagesMax })
      if (found.length === 0) return { content: `No file has anything about "${query}". Try other words, such as they may stand in the file.` }
      const places = found.map(({ fileId, position, page, name: title }) => ({ fileId, position, page, title }))
      return { content: found.map((one, at) => `[${at + 1}] ${labelOf(places[at]!)}:\n${withBeside(one)}`).join('\n\n'), places }
    },
  })

/** Under its heading, with the end of what stands before it and the beginning of what comes after. */
const withBeside = ({ heading, before, text, after }: FoundPassage) =>
  [heading === null ? '' : `“${heading}”`, `${before.trim() && `…${before.trimStart()}`}${text}${after.trim() && `${after.trimEnd()}…`}`.trim()]
    .filter(Boolean)
    .join('\n')
