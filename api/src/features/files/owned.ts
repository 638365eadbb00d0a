import { and, eq, type SQL } from 'drizzle-orm'
import { seenBy } from '#features/sharing/index.ts'
import { AppError } from '#lib/app-error.ts'
import { files } from '#ports/database/tables.ts'

export const noFile = () => new AppError('not_found', 'There is no such file.')

// The one place that says whose file is whose. Each statement about files has one of these in its `where`: who changes one, or counts what is
// kept, asks whose it is, and who reads, whether they may see it.

export const filesOf = (ownerId: string): SQL => eq(files.userId, ownerId)
export const fileOf = (ownerId: string, id: string): SQL => and(eq(files.id, id), filesOf(ownerId))!

export const filesSeenBy = (readerId: string): SQL => seenBy(readerId, 'file')
export const fileSeenBy = (readerId: string, id: string): SQL => and(eq(files.id, id), filesSeenBy(readerId))!
