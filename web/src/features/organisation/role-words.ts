import type { OrganisationRole } from '@jarvis/contracts/organisations.ts'
import { say } from '#words/say.ts'

/** What somebody is in an organisation. */
export const roleWord = (role: OrganisationRole): string =>
  role === 'owner' ? say('Owner') : role === 'admin' ? say('Admin of the organisation') : say('Member')

export const roleOptions = () => (['member', 'admin', 'owner'] as const).map((value) => ({ value, name: roleWord(value) }))
