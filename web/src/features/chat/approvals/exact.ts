import { say } from '#words/say.ts'

/** Arguments laid out to be read, as long as that changes nothing but blanks; else their own text. */
export function laidOut(args: string): string {
  try {
    const value: unknown = JSON.parse(args)
    return JSON.stringify(value) === args ? JSON.stringify(value, null, 2) : args
  } catch {
    return args
  }
}

/** Why a text cannot be the arguments of a tool; null when it can. */
export function faultOf(args: string): string | null {
  try {
    const value: unknown = JSON.parse(args)
    return value && typeof value === 'object' && !Array.isArray(value) ? null : say('Arguments are a JSON object: { "name": value }.')
  } catch (error) {
    return say('This is not valid JSON: {fault}', { fault: (error as Error).message })
  }
}
