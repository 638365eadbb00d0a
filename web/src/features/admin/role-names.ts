import type { Role } from '@jarvis/contracts/plans.ts'

export const roleNames: Record<Role, string> = { user: 'User', enterprise: 'Enterprise', admin: 'Administrator' }
