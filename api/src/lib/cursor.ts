import { AppError } from './app-error.ts'

export const badCursor = () =>
  new AppError('invalid_request', 'The cursor is not one that this list gave out.', {
    errors: [{ path: 'cursor', message: 'must be one that this list gave out' }],
  })

/** A whole number as a cursor, which names its list: another list's is none of ours. */
export const cursorAt = (list: string, number: number): string => `${list}_${number}`

/** @throws invalid_request for what `cursorAt` did not make for this list, and for a number over `largest` */
export function numberOfCursor(list: string, cursor: string, largest = Number.MAX_SAFE_INTEGER): number {
  const digits = cursor.startsWith(`${list}_`) ? cursor.slice(list.length + 1) : ''
  const number = /^\d{1,16}$/.test(digits) ? Number(digits) : NaN
  if (!(number <= largest)) throw badCursor()
  return number
}
