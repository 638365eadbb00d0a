import { and, eq, type SQL } from 'drizzle-orm'
import { AppError } from '#lib/app-error.ts'
import { files } from '#ports/database/tables.ts'

export const noFile = () => new AppError('not_found', 'There is no such file.')

// The one place that says whose file is whose. Each statement about files has one of these in its `where`.

export const filesOf = (ownerId: string): SQL => eq(files.userId, ownerId)
export const fileOf = (ownerId: string, id: string): SQL => and(eq(files.id, id), filesOf(ownerId))!
