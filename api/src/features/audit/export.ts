import type { AuditEntry, AuditExportQuery, AuditQuery } from '@jarvis/contracts/admin.ts'
import type { Page } from '@jarvis/contracts/text.ts'
import type { z } from 'zod'
import { csvLine } from '#lib/csv.ts'
import { itemsOf } from '#lib/items-of.ts'

const rowsAtOnce = 200
const head = ['id', 'at', 'action', 'actorId', 'target', 'address', 'requestId', 'details', 'hash', 'pending'] as const

/** Line by line, read as it is taken: a slow reader holds a page of rows and no connection. */
export async function* exportAudit(
  list: (query: z.infer<typeof AuditQuery>) => Promise<Page<AuditEntry>>,
  { format, ...filters }: z.infer<typeof AuditExportQuery>,
): AsyncGenerator<string> {
  const entries = itemsOf((cursor) => list({ ...filters, cursor, limit: rowsAtOnce }))
  if (format === 'csv') yield csvLine(head)
  for await (const entry of entries) yield format === 'csv' ? csvLine(head.map((name) => cellOf(entry[name]))) : `${JSON.stringify(entry)}\n`
}

const cellOf = (value: AuditEntry[(typeof head)[number]]): string =>
  typeof value === 'object' && value !== null ? JSON.stringify(value) : String(value ?? '')
