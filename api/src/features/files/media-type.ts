import { imageTypes, isImage } from '@jarvis/contracts/files.ts'
import { fileTypeFromBuffer } from 'file-type'
import { refusal } from '#lib/refusal.ts'
import type { FileKind, TableFormat } from '#ports/documents/index.ts'
import type { Observed } from './observe.ts'
import type { ZipDirectory } from './zip-directory.ts'

const office = 'application/vnd.openxmlformats-officedocument'
const openDocument = 'application/vnd.oasis.opendocument'
const pdfType = 'application/pdf'
const rtfType = 'application/rtf'
const letterType = 'message/rfc822'
const outlookType = 'application/vnd.ms-outlook'
const parquetType = 'application/vnd.apache.parquet'
const docxType = `${office}.wordprocessingml.document`
const xlsxType = `${office}.spreadsheetml.sheet`
const pptxType = `${office}.presentationml.presentation`

export type ReadKind = FileKind | 'parquet'

const kinds = new Map<string, ReadKind>([
  [pdfType, 'pdf'],
  [docxType, 'docx'],
  [xlsxType, 'sheets'],
  [pptxType, 'pptx'],
  [`${openDocument}.text`, 'odt'],
  [`${openDocument}.spreadsheet`, 'sheets'],
  [`${openDocument}.presentation`, 'odp'],
  ['application/epub+zip', 'epub'],
  [rtfType, 'rtf'],
  [letterType, 'eml'],
  [outlookType, 'msg'],
  ['text/html', 'html'],
  ['text/markdown', 'markdown'],
  [parquetType, 'parquet'],
])

/** How it is read; undefined for a picture. */
export const kindOf = (mediaType: string): ReadKind | undefined => (isImage(mediaType) ? undefined : (kinds.get(mediaType) ?? 'text'))

const tables = new Map<string, TableFormat>([
  ['text/csv', 'csv'],
  ['text/tab-separated-values', 'csv'],
  ['application/json', 'json'],
  ['application/x-ndjson', 'json'],
  [xlsxType, 'sheets'],
  [`${openDocument}.spreadsheet`, 'sheets'],
  [parquetType, 'parquet'],
])
/** What can be asked in SQL. */
export const tableTypes: readonly string[] = [...tables.keys()]
export const tableFormatOf = (mediaType: string): TableFormat | undefined => tables.get(mediaType)

const byFolder = new Map([
  ['word/', docxType],
  ['xl/', xlsxType],
  ['ppt/', pptxType],
])

/** Of text, where the name's ending is all that tells them apart. */
const textTypes: Record<string, string> = {
  csv: 'text/csv',
  tsv: 'text/tab-separated-values',
  md: 'text/markdown',
  markdown: 'text/markdown',
  html: 'text/html',
  htm: 'text/html',
  xhtml: 'text/html',
  json: 'application/json',
  jsonl: 'application/x-ndjson',
  ndjson: 'application/x-ndjson',
  xml: 'application/xml',
  svg: 'image/svg+xml',
  yaml: 'application/yaml',
  yml: 'application/yaml',
  eml: letterType,
}

const zipStart = Buffer.from('PK\u0003\u0004')

type Looking = {
  name: string
  observed: Observed
  /** Asked only of what is an archive. */
  directory(): Promise<ZipDirectory | null>
  /** Asked only of a PDF that may be locked: many open without a password. */
  isLocked(): Promise<boolean>
}

/**
 * What a file is, by its bytes; of text, by its name.
 * @throws invalid_request for one that is damaged or locked, unsupported_media_type for one that nothing here reads
 */
export async function mediaTypeOf({ name, observed, directory, isLocked }: Looking): Promise<string> {
  const { head, looksLike, maybeLocked, isOutlookLetter } = observed
  if (head.subarray(0, 1024).includes('%PDF-')) {
    if (maybeLocked && (await isLocked())) throw refusal('invalid_request.file_encrypted')
    return pdfType
  }
  if (head.indexOf('{\\rtf') === 0) return rtfType
  if (looksLike === 'utf-8' || looksLike === 'utf-16') return textTypeOf(name, head)
  if (head.indexOf(zipStart) === 0) return archiveTypeOf(head, await directory())
  if (head.indexOf('PAR1') === 0) return parquetType
  if (maybeLocked) throw refusal('invalid_request.file_encrypted')
  if (isOutlookLetter) return outlookType
  const sniffed = (await fileTypeFromBuffer(head))?.mime
  if (sniffed !== undefined && (imageTypes as readonly string[]).includes(sniffed)) return sniffed
  if (sniffed === undefined && looksLike === 'old text') return textTypeOf(name, head)
  throw refusal('unsupported_media_type.file', { mediaType: sniffed ?? 'unknown' })
}

function archiveTypeOf(head: Buffer, directory: ZipDirectory | null): string {
  if (!directory) throw refusal('invalid_request.file_broken')
  if (directory.isEncrypted) throw refusal('invalid_request.file_encrypted')
  const said = saidType(head)
  if (said !== undefined && kinds.has(said)) return said
  const names = [...directory.names]
  const found = directory.names.has('[Content_Types].xml') && [...byFolder].find(([folder]) => names.some((name) => name.startsWith(folder)))
  if (found) return found[1]
  throw refusal('unsupported_media_type.file', { mediaType: 'application/zip' })
}

/** Books and OpenDocument say what they are in their first entry, which is not packed. */
function saidType(head: Buffer): string | undefined {
  if (head.toString('latin1', 26, 38) !== '\u0008\u0000\u0000\u0000mimetype') return undefined
  return head.toString('latin1', 38, 38 + Math.min(head.readUInt32LE(18), 100))
}

function textTypeOf(name: string, head: Buffer): string {
  const ending = /\.([a-z]{1,10})$/i.exec(name)?.[1]?.toLowerCase() ?? ''
  if (Object.hasOwn(textTypes, ending)) return textTypes[ending]!
  return /^\s{0,100}<(!doctype html|html)\b/i.test(head.toString('latin1', 0, 512)) ? 'text/html' : 'text/plain'
}
