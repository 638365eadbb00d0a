import type { Rolldown } from 'vite'

type Graph = Parameters<Rolldown.CodeSplittingNameFunction>[1]

/**
 * Two files for the scripts that everybody loads: what the entry imports, and what a signed-in page adds to that. They compress better than
 * thirty. What the pages to sign in share with the second stays apart.
 */
export function createChunkGroups(src: string): Rolldown.CodeSplittingGroup[] {
  let known: { entry: Set<string>; chat: Set<string>; guest: Set<string> } | undefined
  const read = (graph: Graph) =>
    (known ??= {
      entry: closure(graph, [`${src}main.tsx`]),
      chat: closure(graph, [`${src}shell.tsx`, `${src}features/chat/chat-page.tsx`]),
      guest: closure(graph, [`${src}features/accounts/sign-in-page.tsx`]),
    })
  return [
    // The first takes its modules away from the second, which would take what it imports with it.
    { name: (id, graph) => (read(graph).entry.has(id) ? 'entry' : null), priority: 2 },
    { name: (id, graph) => (read(graph).chat.has(id) && !read(graph).guest.has(id) ? 'chat' : null), priority: 1 },
  ]
}

function closure(graph: Graph, ids: readonly string[]): Set<string> {
  const found = new Set(ids)
  for (const id of found) for (const next of graph.getModuleInfo(id)?.importedIds ?? []) found.add(next)
  return found
}
