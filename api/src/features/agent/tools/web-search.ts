import { z } from 'zod'
import { defineTool, everyPlan, everyRole } from '#features/agent/tool.ts'
import type { WebSearch } from '#ports/search/index.ts'

const resultsMax = 6

export const webSearch = (search: WebSearch) =>
  defineTool({
    name: 'web_search',
    title: 'Web search',
    description: 'Searches the web. Returns numbered results with title, address and excerpt; cite those you use as [1], [2].',
    args: z.strictObject({ query: z.string().min(1).max(300) }),
    risk: 'read',
    roles: everyRole,
    plans: everyPlan,
    timeoutSeconds: 20,
    outputCharactersMax: 8000,
    untrusted: true,
    vouches: true,
    leaves: ({ query }) => ({ to: search.host, content: query, choice: { kind: 'query', words: query } }),
    async execute({ query }, { signal }) {
      const { results: found, notes } = await search.search(query, signal)
      const results = found.slice(0, resultsMax)
      const told = notes.map((note) => `Note: ${note}`)
      if (results.length === 0) return { content: [`The search for "${query}" found nothing.`, ...told].join('\n\n') }
      const numbered = results.map(({ title, url, excerpt }, index) => `[${index + 1}] ${title}\n${url}\n${excerpt}`)
      return { content: [...numbered, ...told].join('\n\n'), sources: results.map(({ title, url }) => ({ title, url })) }
    },
  })
