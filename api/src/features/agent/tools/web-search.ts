import { z } from 'zod'
import { defineTool, everyPlan, everyRole } from '#features/agent/tool.ts'
import type { SearchProvider } from '#ports/search/index.ts'

const resultsMax = 6

export const webSearch = (search: SearchProvider) =>
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
    async execute({ query }, { signal }) {
      const results = (await search.search(query, signal)).slice(0, resultsMax)
      if (results.length === 0) return { content: `The search for "${query}" found nothing.` }
      const content = results.map(({ title, url, excerpt }, index) => `[${index + 1}] ${title}\n${url}\n${excerpt}`).join('\n\n')
      return { content, sources: results.map(({ title, url }) => ({ title, url })) }
    },
  })
