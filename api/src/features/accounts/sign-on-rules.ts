import type { SignInMethods } from '@jarvis/contracts/accounts.ts'
import { noPassword } from './passwords.ts'
import type { UserRow } from './user-changes.ts'

/** What single sign-on leaves of passwords. */
export type SignOnRules = {
  providers: SignInMethods['providers']
  only: boolean
  mayUsePassword(user: Pick<UserRow, 'email' | 'role' | 'passwordHash'>): boolean
}

type Table = { providers: SignInMethods['providers']; only: boolean; breakGlass: string[] }

/** Where passwords are for those of `breakGlass` alone; without any, for every administrator who has one. */
export const signOnRules = ({ providers, only, breakGlass }: Table): SignOnRules => ({
  only,
  providers: providers.map(({ id, name, kind }) => ({ id, name, kind })),
  mayUsePassword({ email, role, passwordHash }) {
    if (passwordHash === noPassword) return false
    return !only || (breakGlass.length > 0 ? breakGlass.includes(email) : role === 'admin')
  },
})
