import { AppError } from './app-error.ts'

export const badCursor = () =>
  new AppError('invalid_request', 'The cursor is not one that this list gave out.', {
    errors: [{ path: 'cursor', message: 'must be one that this list gave out' }],
  })

/** A cursor names its list: another list's is none of ours. */
export const cursorOf = (list: string, place: string): string => `${list}_${place}`

/** @throws invalid_request for what `cursorOf` did not make for this list */
export function placeOfCursor(list: string, cursor: string, form: RegExp): string {
  const place = cursor.startsWith(`${list}_`) ? cursor.slice(list.length + 1) : ''
  if (!form.test(place)) throw badCursor()
  return place
}

/** @throws invalid_request */
export const idOfCursor = (list: string, cursor: string): string => placeOfCursor(list, cursor, idForm)
const idForm = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** A whole number as a cursor. */
export const cursorAt = (list: string, number: number): string => cursorOf(list, String(number))

/** @throws invalid_request for what `cursorAt` did not make for this list, and for a number over `largest` */
export function numberOfCursor(list: string, cursor: string, largest = Number.MAX_SAFE_INTEGER): number {
  const number = Number(placeOfCursor(list, cursor, /^\d{1,16}$/))
  if (number > largest) throw badCursor()
  return number
}
