import type { Role } from '@jarvis/contracts/plans.ts'
import type { English } from '#words/language.ts'
import { say } from '#words/say.ts'

export const roleNames: Record<Role, English> = { user: 'User', enterprise: 'Enterprise', admin: 'Administrator' }

export const roleOptions = (): { value: Role; name: string }[] =>
  (['user', 'enterprise', 'admin'] as const).map((value) => ({ value, name: say(roleNames[value]) }))
