import type { InvitedOutcome } from '@jarvis/contracts/invitations.ts'
import type { English } from '#words/language.ts'

/** Why a row of a file is left out. */
export const skippedReasons: Record<Exclude<InvitedOutcome, 'mail' | 'link'>, English> = {
  wrong_address: 'This is no email address.',
  unknown_role: 'There is no such role: user, enterprise or admin.',
  unknown_plan: 'There is no such plan: free, pro or enterprise.',
  already_here: 'They have an account already.',
  already_invited: 'They are invited already.',
  twice: 'The address stands further up in the file.',
  too_many: 'Too many invitations wait already: take some back, or wait until they are used.',
}
