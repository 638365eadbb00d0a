import type { English } from '#words/language.ts'
import { say } from '#words/say.ts'

export type InvitationEnd = '1' | '7' | '30'
const ends: readonly { value: InvitationEnd; name: English }[] = [
  { value: '1', name: 'For a day' },
  { value: '7', name: 'For a week' },
  { value: '30', name: 'For a month' },
]

/** How long an invitation is good, to choose from. */
export const endOptions = () => ends.map(({ value, name }) => ({ value, name: say(name) }))
export const endAfter = (days: InvitationEnd) => new Date(Date.now() + Number(days) * 86_400_000).toISOString()
