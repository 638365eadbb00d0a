import { messageOf } from './problem.ts'

/** What the browser or the device would not do, in words for the person. */
export class PasskeyError extends Error {}

export const passkeyFault = (error: unknown): string => (error instanceof PasskeyError ? error.message : messageOf(error))

/** Old browsers, and pages that are neither https nor of this machine, have none. */
export const passkeysWorkHere = (): boolean => 'PublicKeyCredential' in window
