import { z } from 'zod'
import { defineTool, everyPlan, everyRole } from '#features/agent/tool.ts'

export type FoundPassage = { name: string; page: number | null; heading: string | null; text: string; before: string; after: string }
type SearchFiles = (asked: { ownerId: string; conversationId: string; query: string; limit: number }) => Promise<FoundPassage[]>

const passagesMax = 5

export const searchFiles = (search: SearchFiles, hasFiles: (ownerId: string) => Promise<boolean>) =>
  defineTool({
    name: 'search_files',
    title: 'Files',
    description:
      'Searches the files that this person attached to this conversation or, where it has none, all of their files. Returns passages with the name of the file and the page; name both when you use one.',
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
      const found = await search({ ownerId: caller.userId, conversationId, query, limit: passagesMax })
      if (found.length === 0) return { content: `No file has anything about "${query}". Try other words, such as they may stand in the file.` }
      return { content: found.map((one) => `${placeOf(one)}:\n${withBeside(one)}`).join('\n\n') }
    },
  })

/** With the end of what stands before it and the beginning of what comes after. */
const withBeside = ({ before, text, after }: FoundPassage) =>
  `${before.trim() && `…${before.trimStart()}`}${text}${after.trim() && `${after.trimEnd()}…`}`.trim()

const placeOf = ({ name, page, heading }: FoundPassage) =>
  [name, page === null ? '' : `page ${page}`, heading === null ? '' : `“${heading}”`].filter(Boolean).join(', ')
