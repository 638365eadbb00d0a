import { AppError } from './app-error.ts'

export const badCursor = () =>
  new AppError('invalid_request', 'The cursor is not one that this list gave out.', { errors: [{ path: 'cursor', message: 'is not valid' }] })

/** A cursor that is a whole number from 0 to `largest`, as digits and nothing else. @throws invalid_request */
export function numberOfCursor(cursor: string, largest = Number.MAX_SAFE_INTEGER): number {
  const number = /^\d{1,16}$/.test(cursor) ? Number(cursor) : NaN
  if (!(number <= largest)) throw badCursor()
  return number
}
