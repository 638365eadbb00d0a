import type { PageView } from '#ports/browser/index.ts'
import { passages } from '#ports/browser/passages.ts'
import type { Documents, WebDocument } from '#ports/documents/index.ts'

const textCharactersMax = 6000
/** Tasks that wait for a person and are never heard of again lose theirs. */
const openMax = 100

export type OpenDocuments = ReturnType<typeof createOpenDocuments>

/** The file that each task looks at, in place of its page, until it opens something else. */
export function createOpenDocuments(documents: Documents) {
  const open = new Map<string, WebDocument>()
  return {
    of: (taskId: string) => open.get(taskId),
    close: (taskId: string) => void open.delete(taskId),

    /** @throws as `Documents.read` */
    async open(taskId: string, url: string, signal: AbortSignal): Promise<WebDocument> {
      const document = await documents.read(url, signal)
      open.set(taskId, document)
      if (open.size > openMax) open.delete(open.keys().next().value!)
      return document
    },

    view(
      { title, url, text, notes }: WebDocument,
      look: { kind: 'read'; offset: number } | { kind: 'find'; text: string },
    ): Omit<PageView, 'screenshot' | 'file'> {
      const offset = look.kind === 'read' ? look.offset : 0
      const shown = look.kind === 'find' ? passages(text, look.text, textCharactersMax) : text.slice(offset, offset + textCharactersMax)
      return { title, url, text: shown, offset, textLength: text.length, elements: [], notes }
    },
  }
}
