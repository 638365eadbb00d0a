import type { File } from '@jarvis/contracts/files.ts'
import { readFailure } from '@jarvis/contracts/sentences.ts'
import type { SharedBy } from '@jarvis/contracts/sharing.ts'
import type { files } from '#ports/database/tables.ts'

/** `sharedBy` is whose it is, for somebody who only reads it. */
export const toFile = ({ createdAt, error, ...row }: typeof files.$inferSelect, sharedBy: SharedBy | null = null): File => ({
  id: row.id,
  name: row.name,
  mediaType: row.mediaType,
  bytes: row.bytes,
  sha256: row.sha256,
  createdAt: createdAt.toISOString(),
  status: row.status,
  error: error && readFailure(error),
  pages: row.pages,
  progress: row.pagesSeen === null || row.pagesToSee === null ? null : { done: row.pagesSeen, total: row.pagesToSee },
  url: row.url,
  sharedBy,
})
