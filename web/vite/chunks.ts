import type { Rolldown } from 'vite'

type Graph = Parameters<Rolldown.CodeSplittingNameFunction>[1]

/** What every page of a signed-in person loads beside itself. */
const soon = [
  'sidebar.tsx',
  'features/chat/attach/attach-parts.ts',
  'features/chat/thread/answer-parts.ts',
  'features/chat/thread/announcer.tsx',
  'features/chat/composer/budget-note.tsx',
]

/**
 * A few files for the scripts that everybody loads: what the entry imports, what a signed-in page adds to that, what stands above it, and what it
 * asks for itself as soon as it is there. They compress better than thirty, and a phone spends its first moments on each file that it has to ask
 * for. What the pages to sign in share with these stays apart.
 */
export function createChunkGroups(src: string): Rolldown.CodeSplittingGroup[] {
  const ofFiles = (graph: Graph, files: readonly string[]) =>
    closure(
      graph,
      files.map((file) => src + file),
    )
  let known: Record<'entry' | 'chat' | 'top' | 'soon' | 'guest', Set<string>> | undefined
  const read = (graph: Graph) =>
    (known ??= {
      entry: ofFiles(graph, ['main.tsx']),
      chat: ofFiles(graph, ['shell.tsx', 'features/chat/chat-page.tsx']),
      top: ofFiles(graph, ['top-parts.ts']),
      soon: ofFiles(graph, soon),
      guest: ofFiles(graph, ['features/accounts/sign-in-page.tsx', 'features/accounts/sign-up-page.tsx']),
    })
  const group = (name: string, has: (sets: NonNullable<typeof known>, id: string) => boolean): Rolldown.CodeSplittingNameFunction => {
    return (id, graph) => (has(read(graph), id) ? name : null)
  }
  // A file takes what its modules import with it, so what comes first takes away from the later.
  const names = [
    group('entry', ({ entry }, id) => entry.has(id)),
    group('chat', ({ chat, guest }, id) => chat.has(id) && !guest.has(id)),
    group('top', ({ top, guest }, id) => top.has(id) && !guest.has(id)),
    group('guest', ({ soon, guest }, id) => soon.has(id) && guest.has(id)),
    group('soon', ({ soon }, id) => soon.has(id)),
  ]
  return names.map((name, index) => ({ name, priority: names.length - index }))
}

function closure(graph: Graph, ids: readonly string[]): Set<string> {
  const found = new Set(ids)
  for (const id of found) for (const next of graph.getModuleInfo(id)?.importedIds ?? []) found.add(next)
  return found
}
