import { AppError } from './app-error.ts'

/** Why a signal aborts when a person stops a run: that ends it well. */
export const stoppedByPerson = Symbol('stopped by the person')

/** Whether a signal aborted because the run is to end here: a person stopped it, or may not be here any more. Any other reason leaves it to another attempt. */
export const isToEnd = (reason: unknown): boolean => reason === stoppedByPerson || (reason instanceof AppError && reason.code === 'unauthenticated')
