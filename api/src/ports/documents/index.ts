import { AppError } from '#lib/app-error.ts'
import type { Egress, EgressResponse } from '#ports/egress/index.ts'
import type { Isolation } from '#ports/sandbox/index.ts'
import { readPdf } from './pdf.ts'

export { conversationIn, type FoundConversation, type FoundExport, type FoundKind, readConversations } from './read-conversations.ts'
export { isLockedPdf } from './pdf.ts'
export { readPicture } from './read-picture.ts'
export { type ScanPage, readScan } from './read-scan.ts'
export { type FileKind, type ReadFile, readFile, type Section } from './read-file.ts'
export { readParquet } from './read-parquet.ts'
export { queryTables, type TableFormat, type TableQuestion, type TableReply, type TableSource } from './query-tables.ts'

/** A file of the web as text: from a PDF, or from what is text already. */
export type WebDocument = {
  title: string
  url: string
  text: string
  /** What of it was not read. */
  notes: string[]
}

export type Documents = {
  /** @throws the failures of egress; `invalid_request` for what is neither a PDF nor text; `overloaded` for what takes too long or too much memory */
  read(url: string, signal: AbortSignal): Promise<WebDocument>
}

const bytesMax = 20 * 1024 * 1024
const timeoutMs = 20_000
const textCharactersMax = 2_000_000

/** Files that a site offers instead of pages, got by the same rules as everything of the web, without the cookies of any browser. */
export function createDocuments(egress: Pick<Egress, 'fetch'>, isolation: Isolation, { pdfMs = 15_000 }: { pdfMs?: number } = {}): Documents {
  return {
    async read(url, signal) {
      const response = await egress.fetch(url, { signal, bytesMax, timeoutMs })
      if (response.status !== 200) throw new AppError('upstream_failed', `The site answered with status ${response.status}.`)
      const title = decodeURI(new URL(response.url).pathname.split('/').at(-1) || response.url).slice(0, 200)
      const { text, notes } = isPdf(response.body) ? await readPdf(isolation, response.body, pdfMs, signal) : textOf(response)
      const kept = text.slice(0, textCharactersMax)
      return {
        title,
        url: response.url,
        text: kept,
        notes: kept.length < text.length ? [...notes, 'The file is very long; its end is not read.'] : notes,
      }
    },
  }
}

/** By what it is, not by what the site calls it. */
const isPdf = (body: Buffer) => body.subarray(0, 1024).includes('%PDF-')

/** What is text by its type; and the types that say nothing, where what is in it decides. */
const textTypes = /^(text\/.+|application\/(.+\+)?(json|xml|yaml|csv)|application\/(x-)?(ndjson|yaml|javascript|sql|tex|sh|toml))$/i
const silentTypes = /^(unknown|application\/(octet-stream|binary|download|force-download|x-download)|binary\/octet-stream)$/i
/** No text has these; the bytes of nearly every other file do. */
const isControl = (byte: number) => byte < 0x09 || (byte > 0x0d && byte < 0x20 && byte !== 0x1b)

function textOf(response: EgressResponse): { text: string; notes: string[] } {
  const type = response.headers['content-type']?.split(';')[0]?.trim() ?? 'unknown'
  const isText = (textTypes.test(type) || silentTypes.test(type)) && !response.body.subarray(0, 65_536).some(isControl)
  const text = isText ? response.text() : ''
  if (!isText || text.slice(0, 10_000).includes('\u{FFFD}')) {
    throw new AppError(
      'invalid_request',
      `It is a file of the type ${type.slice(0, 100)}, which is not read here: only pages, PDF, CSV and plain text are.`,
    )
  }
  if (type === 'text/html') throw new AppError('invalid_request', 'The site gives this file only to its own pages.')
  return { text, notes: [] }
}
