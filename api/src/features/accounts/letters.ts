import { desc, eq, or } from 'drizzle-orm'
import { type Compose, letterOf, type LetterRow, type Words } from '#features/mail/index.ts'
import type { Database } from '#ports/database/index.ts'
import { identities, type ProofPurpose, users } from '#ports/database/tables.ts'
import type { createInvitations } from './invitations.ts'
import type { createProofs } from './proofs.ts'
import { addressOf, isPlaceholder } from './provisional.ts'
import type { SignOnRules } from './sign-on-rules.ts'
import type { UserRow } from './user-changes.ts'

export type LettersDeps = Pick<Database, 'db'> & {
  proofs: ReturnType<typeof createProofs>
  invitations: Pick<ReturnType<typeof createInvitations>, 'mint' | 'admitByLetter'>
  publicUrl: string
  signOn: SignOnRules
}

/** The secret is behind the #: browsers send it to no server, and what opens links in mailboxes spends nothing. */
export const linkTo = (publicUrl: string, page: string, token: string, name = 'token') => `${publicUrl}/${page}#${name}=${token}`

const ignore = 'If that was not you, do nothing: without this link nothing changes.'
const alarm = 'If that was not you, ask your administrator at once.'

/** What each kind of letter says. Links are made here, so that no secret waits in the database. */
export function createLetters({ db, proofs, invitations, publicUrl, signOn }: LettersDeps): Compose {
  const host = new URL(publicUrl).host

  async function linkFor(user: UserRow, purpose: ProofPurpose, email: string): Promise<string> {
    const { token } = await proofs.mint(db, { purpose, userId: user.id, email, isMailed: true })
    return linkTo(publicUrl, purpose === 'password_reset' ? 'reset-password' : 'verify-email', token)
  }

  async function personOf({ userId, address }: LetterRow): Promise<UserRow | undefined> {
    const [user] = await db
      .select()
      .from(users)
      .where(userId === null ? or(eq(users.email, address), eq(users.claimedEmail, address)) : eq(users.id, userId))
      // Whose it is, before who claimed it last: who opens the letter shows that it is theirs.
      .orderBy(desc(eq(users.email, address)), desc(users.id))
      .limit(1)
    return user?.disabledAt ? undefined : user
  }

  /** The names of the providers that somebody comes in by who has no password here, or may not use it; null for everybody else. */
  async function signsInBy(user: UserRow): Promise<string | null> {
    if (signOn.mayUsePassword(user)) return null
    const own = await db.selectDistinct({ id: identities.provider }).from(identities).where(eq(identities.userId, user.id))
    const named = signOn.providers.filter(({ id }) => own.some((identity) => identity.id === id))
    // Somebody whom an administrator added has no password yet, and sets one by this letter.
    const shown = named.length > 0 ? named : signOn.only ? signOn.providers : []
    return shown.length > 0 ? shown.map(({ name }) => name).join(', ') : null
  }

  const isThere = async (address: string) => (await db.$count(users, eq(users.email, address))) > 0

  const hasAccount: Words = {
    subject: 'You have an account already',
    paragraphs: [
      'Hello,',
      `somebody, probably you, wants to register at ${host} with this address. It has an account: sign in, or set a new password.`,
    ],
    link: { label: 'Sign in', url: `${publicUrl}/sign-in` },
  }

  const isPending = ({ pendingEmail: pending }: UserRow, side: 'old' | 'new') => pending !== null && pending.waitsFor.includes(side)

  const kinds: Record<string, (user: UserRow, row: LetterRow) => Promise<Words | null>> = {
    async password_reset(user, { address }) {
      const elsewhere = await signsInBy(user)
      if (elsewhere)
        return {
          subject: 'You sign in without a password',
          paragraphs: [
            `Hello ${user.name},`,
            `somebody, probably you, wants to set a new password for ${user.email} at ${host}. There is none: you sign in with ${elsewhere}.`,
          ],
          link: { label: 'Go to the page to sign in', url: `${publicUrl}/sign-in` },
          after: ['Nothing has changed. If you cannot get in there, ask your administrator.'],
        }
      return {
        subject: 'Set a new password',
        // A name that a stranger chose would be their message to the one who has the address.
        paragraphs: [
          user.claimedEmail === null ? `Hello ${user.name},` : 'Hello,',
          `somebody, probably you, wants to set a new password for ${address} at ${host}.`,
        ],
        link: { label: 'Set a new password', url: await linkFor(user, 'password_reset', address) },
        after: ['The link works once, for 30 minutes.', ignore],
      }
    },
    async password_wished(user) {
      return {
        subject: 'Your administrator asks you for a new password',
        paragraphs: [
          `Hello ${user.name},`,
          `your password at ${host} no longer works. You have been signed out, and can sign in again with a new one.`,
        ],
        link: { label: 'Set a new password', url: await linkFor(user, 'password_reset', user.email) },
        after: ['The link works once, for 30 minutes. “Forgot your password?” on the page to sign in sends another.'],
      }
    },
    password_changed: async (user) => ({
      subject: 'Your password was changed',
      paragraphs: [`Hello ${user.name},`, `the password of ${user.email} at ${host} was set anew by a link, and every device was signed out.`, alarm],
    }),
    async email_verify(user, { address }) {
      if (addressOf(user) !== address || user.verifiedEmail === address) return null
      if (user.claimedEmail !== null && (await isThere(address))) return hasAccount
      return {
        subject: 'Confirm your email address',
        paragraphs: ['Hello,', `this address was given for an account at ${host}.`],
        link: { label: 'Confirm this address', url: await linkFor(user, 'email_verify', address) },
        after: ['The link works once, for 24 hours.', ignore],
      }
    },
    async email_change_old(user, { address }) {
      if (!isPending(user, 'old') || user.email !== address) return null
      return {
        subject: 'Change your email address?',
        paragraphs: [`Hello ${user.name},`, `your account at ${host} is to move from this address to ${user.pendingEmail!.address}.`],
        link: { label: 'Let it move', url: await linkFor(user, 'email_change_old', address) },
        after: [
          'The link works once, for 24 hours. The other address has to agree too.',
          `${ignore} Then change your password, for somebody else knows it.`,
        ],
      }
    },
    email_change_wished: async (user, { address }) =>
      isPending(user, 'new') && user.email === address
        ? {
            subject: 'Your email address is to be changed',
            paragraphs: [`Hello ${user.name},`, `your account at ${host} is to move from this address to ${user.pendingEmail!.address}.`, alarm],
          }
        : null,
    async email_change_new(user, { address }) {
      if (!isPending(user, 'new') || user.pendingEmail!.address !== address) return null
      const [other] = await db.select({ name: users.name }).from(users).where(eq(users.email, address))
      if (other) {
        return {
          subject: 'This address has an account already',
          paragraphs: [
            `Hello ${other.name},`,
            `somebody wanted to use this address for another account at ${host}. It is yours, so nothing was changed.`,
          ],
        }
      }
      return {
        subject: 'Confirm your new email address',
        paragraphs: ['Hello,', `this is to be the new address of an account at ${host}.`],
        link: { label: 'Use this address', url: await linkFor(user, 'email_change_new', address) },
        after: ['The link works once, for 24 hours.', ignore],
      }
    },
    factor_added: async (user) => ({
      subject: 'A second factor was set up',
      paragraphs: [
        `Hello ${user.name},`,
        `signing in as ${user.email} at ${host} now takes a second factor too. Every other device was signed out.`,
        alarm,
      ],
    }),
    factor_removed: async (user) => ({
      subject: 'A second factor was switched off',
      paragraphs: [
        `Hello ${user.name},`,
        `a second factor of ${user.email} at ${host} was switched off, and every other device was signed out.`,
        alarm,
      ],
    }),
    passkey_added: async (user) => ({
      subject: 'A passkey was added',
      paragraphs: [`Hello ${user.name},`, `a new passkey signs in as ${user.email} at ${host} from now on.`, alarm],
    }),
    passkey_removed: async (user) => ({
      subject: 'A passkey was removed',
      paragraphs: [`Hello ${user.name},`, `a passkey of ${user.email} at ${host} was removed, and every other device was signed out.`, alarm],
    }),
    factor_codes_renewed: async (user) => ({
      subject: 'You have new recovery codes',
      paragraphs: [`Hello ${user.name},`, `new recovery codes were made for ${user.email} at ${host}. Those of before are good no more.`, alarm],
    }),
    factor_reset: async (user) => ({
      subject: 'Your second factors were taken away',
      paragraphs: [
        `Hello ${user.name},`,
        `an administrator has taken away the second factors of ${user.email} at ${host}, and every device was signed out. Sign in by your password, and set one up again.`,
        'If you did not ask for that, ask your administrator at once.',
      ],
    }),
    recovery_code_used: async (user, { params }) => ({
      subject: 'A recovery code was used',
      paragraphs: [
        `Hello ${user.name},`,
        `somebody, probably you, showed a recovery code for ${user.email} at ${host}. Codes that are left: ${params.left}. Your settings make new ones.`,
        alarm,
      ],
    }),
    email_changed: async (user) => ({
      subject: 'Your email address was changed',
      paragraphs: [`Hello ${user.name},`, `your account at ${host} now has the address ${user.email}, and no longer this one.`, alarm],
    }),
  }

  /** To somebody who is nobody here yet. */
  const strangers: Record<string, (row: LetterRow) => Promise<Words | null>> = {
    async invitation({ params }) {
      const url = await invitations.mint(params.invitationId ?? '')
      return url === null
        ? null
        : {
            subject: `You are invited to ${host}`,
            paragraphs: ['Hello,', `an administrator of ${host} invites you to Jarvis, the assistant of your organisation.`],
            link: { label: 'Make your account', url },
            after: ['The link works once, and only with this address.'],
          }
    },
    async registration(row) {
      const url = (await isThere(row.address)) ? null : await invitations.admitByLetter(row.address)
      if (url === null) return hasAccount
      return {
        subject: 'Make your account',
        paragraphs: ['Hello,', `somebody, probably you, wants to register at ${host} with this address.`],
        link: { label: 'Make your account', url },
        after: ['The link works once, for 24 hours.', ignore],
      }
    },
  }

  return async (row) => {
    // Nobody has shown that an address is theirs: there is nobody to write to.
    if (isPlaceholder(row.address)) return null
    const toStranger = strangers[row.kind]
    if (toStranger) {
      const said = await toStranger(row)
      return said && letterOf(said)
    }
    const words = kinds[row.kind]
    const user = await personOf(row)
    const said = words && user ? await words(user, row) : null
    return said && letterOf(said)
  }
}
