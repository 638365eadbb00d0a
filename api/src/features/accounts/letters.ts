import { desc, eq, or } from 'drizzle-orm'
import { type Compose, letterOf, type LetterRow, type Voice, voiceOf, type Words } from '#features/mail/index.ts'
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

  const hasAccount = (say: Voice['say']): Words => ({
    subject: say('You have an account already'),
    paragraphs: [
      say('Hello,'),
      say('somebody, probably you, wants to register at {host} with this address. It has an account: sign in, or set a new password.', { host }),
    ],
    link: { label: say('Sign in'), url: `${publicUrl}/sign-in` },
  })

  const isPending = ({ pendingEmail: pending }: UserRow, side: 'old' | 'new') => pending !== null && pending.waitsFor.includes(side)

  const kinds = (say: Voice['say']): Record<string, (user: UserRow, row: LetterRow) => Promise<Words | null>> => ({
    async password_reset(user, { address }) {
      const elsewhere = await signsInBy(user)
      if (elsewhere)
        return {
          subject: say('You sign in without a password'),
          paragraphs: [
            say('Hello {name},', { name: user.name }),
            say('somebody, probably you, wants to set a new password for {email} at {host}. There is none: you sign in with {providers}.', {
              email: user.email,
              host,
              providers: elsewhere,
            }),
          ],
          link: { label: say('Go to the page to sign in'), url: `${publicUrl}/sign-in` },
          after: [say('Nothing has changed. If you cannot get in there, ask your administrator.')],
        }
      return {
        subject: say('Set a new password'),
        // A name that a stranger chose would be their message to the one who has the address.
        paragraphs: [
          user.claimedEmail === null ? say('Hello {name},', { name: user.name }) : say('Hello,'),
          say('somebody, probably you, wants to set a new password for {email} at {host}.', { email: address, host }),
        ],
        link: { label: say('Set a new password'), url: await linkFor(user, 'password_reset', address) },
        after: [say('The link works once, for 30 minutes.'), say(ignore)],
      }
    },
    async password_wished(user) {
      return {
        subject: say('Your administrator asks you for a new password'),
        paragraphs: [
          say('Hello {name},', { name: user.name }),
          say('your password at {host} no longer works. You have been signed out, and can sign in again with a new one.', { host }),
        ],
        link: { label: say('Set a new password'), url: await linkFor(user, 'password_reset', user.email) },
        after: [say('The link works once, for 30 minutes. “Forgot your password?” on the page to sign in sends another.')],
      }
    },
    password_changed: async (user) => ({
      subject: say('Your password was changed'),
      paragraphs: [
        say('Hello {name},', { name: user.name }),
        say('the password of {email} at {host} was set anew by a link, and every device was signed out.', { email: user.email, host }),
        say(alarm),
      ],
    }),
    async email_verify(user, { address }) {
      if (addressOf(user) !== address || user.verifiedEmail === address) return null
      if (user.claimedEmail !== null && (await isThere(address))) return hasAccount(say)
      return {
        subject: say('Confirm your email address'),
        paragraphs: [say('Hello,'), say('this address was given for an account at {host}.', { host })],
        link: { label: say('Confirm this address'), url: await linkFor(user, 'email_verify', address) },
        after: [say('The link works once, for 24 hours.'), say(ignore)],
      }
    },
    async email_change_old(user, { address }) {
      if (!isPending(user, 'old') || user.email !== address) return null
      return {
        subject: say('Change your email address?'),
        paragraphs: [
          say('Hello {name},', { name: user.name }),
          say('your account at {host} is to move from this address to {email}.', { host, email: user.pendingEmail!.address }),
        ],
        link: { label: say('Let it move'), url: await linkFor(user, 'email_change_old', address) },
        after: [
          say('The link works once, for 24 hours. The other address has to agree too.'),
          `${say(ignore)} ${say('Then change your password, for somebody else knows it.')}`,
        ],
      }
    },
    email_change_wished: async (user, { address }) =>
      isPending(user, 'new') && user.email === address
        ? {
            subject: say('Your email address is to be changed'),
            paragraphs: [
              say('Hello {name},', { name: user.name }),
              say('your account at {host} is to move from this address to {email}.', { host, email: user.pendingEmail!.address }),
              say(alarm),
            ],
          }
        : null,
    async email_change_new(user, { address }) {
      if (!isPending(user, 'new') || user.pendingEmail!.address !== address) return null
      const [other] = await db.select({ name: users.name }).from(users).where(eq(users.email, address))
      if (other) {
        return {
          subject: say('This address has an account already'),
          paragraphs: [
            say('Hello {name},', { name: other.name }),
            say('somebody wanted to use this address for another account at {host}. It is yours, so nothing was changed.', { host }),
          ],
        }
      }
      return {
        subject: say('Confirm your new email address'),
        paragraphs: [say('Hello,'), say('this is to be the new address of an account at {host}.', { host })],
        link: { label: say('Use this address'), url: await linkFor(user, 'email_change_new', address) },
        after: [say('The link works once, for 24 hours.'), say(ignore)],
      }
    },
    factor_added: async (user) => ({
      subject: say('A second factor was set up'),
      paragraphs: [
        say('Hello {name},', { name: user.name }),
        say('signing in as {email} at {host} now takes a second factor too. Every other device was signed out.', { email: user.email, host }),
        say(alarm),
      ],
    }),
    factor_removed: async (user) => ({
      subject: say('A second factor was switched off'),
      paragraphs: [
        say('Hello {name},', { name: user.name }),
        say('a second factor of {email} at {host} was switched off, and every other device was signed out.', { email: user.email, host }),
        say(alarm),
      ],
    }),
    passkey_added: async (user) => ({
      subject: say('A passkey was added'),
      paragraphs: [
        say('Hello {name},', { name: user.name }),
        say('a new passkey signs in as {email} at {host} from now on.', { email: user.email, host }),
        say(alarm),
      ],
    }),
    passkey_removed: async (user) => ({
      subject: say('A passkey was removed'),
      paragraphs: [
        say('Hello {name},', { name: user.name }),
        say('a passkey of {email} at {host} was removed, and every other device was signed out.', { email: user.email, host }),
        say(alarm),
      ],
    }),
    factor_codes_renewed: async (user) => ({
      subject: say('You have new recovery codes'),
      paragraphs: [
        say('Hello {name},', { name: user.name }),
        say('new recovery codes were made for {email} at {host}. Those of before are good no more.', { email: user.email, host }),
        say(alarm),
      ],
    }),
    factor_reset: async (user) => ({
      subject: say('Your second factors were taken away'),
      paragraphs: [
        say('Hello {name},', { name: user.name }),
        say(
          'an administrator has taken away the second factors of {email} at {host}, and every device was signed out. Sign in by your password, and set one up again.',
          { email: user.email, host },
        ),
        say('If you did not ask for that, ask your administrator at once.'),
      ],
    }),
    recovery_code_used: async (user, { params }) => ({
      subject: say('A recovery code was used'),
      paragraphs: [
        say('Hello {name},', { name: user.name }),
        say('somebody, probably you, showed a recovery code for {email} at {host}. Codes that are left: {left}. Your settings make new ones.', {
          email: user.email,
          host,
          left: params.left ?? '',
        }),
        say(alarm),
      ],
    }),
    email_changed: async (user) => ({
      subject: say('Your email address was changed'),
      paragraphs: [
        say('Hello {name},', { name: user.name }),
        say('your account at {host} now has the address {email}, and no longer this one.', { host, email: user.email }),
        say(alarm),
      ],
    }),
  })

  /** To somebody who is nobody here yet. */
  const strangers = (say: Voice['say']): Record<string, (row: LetterRow) => Promise<Words | null>> => ({
    async invitation({ params }) {
      const url = await invitations.mint(params.invitationId ?? '')
      return url === null
        ? null
        : {
            subject: say('You are invited to {host}', { host }),
            paragraphs: [say('Hello,'), say('an administrator of {host} invites you to Jarvis, the assistant of your organisation.', { host })],
            link: { label: say('Make your account'), url },
            after: [say('The link works once, and only with this address.')],
          }
    },
    async registration(row) {
      const url = (await isThere(row.address)) ? null : await invitations.admitByLetter(row.address)
      if (url === null) return hasAccount(say)
      return {
        subject: say('Make your account'),
        paragraphs: [say('Hello,'), say('somebody, probably you, wants to register at {host} with this address.', { host })],
        link: { label: say('Make your account'), url },
        after: [say('The link works once, for 24 hours.'), say(ignore)],
      }
    },
  })

  return async (row) => {
    // Nobody has shown that an address is theirs: there is nobody to write to.
    if (isPlaceholder(row.address)) return null
    const ofStranger = voiceOf(row.params.language)
    const toStranger = strangers(ofStranger.say)[row.kind]
    if (toStranger) {
      const said = await toStranger(row)
      return said && letterOf(said, ofStranger.language)
    }
    const user = await personOf(row)
    if (!user) return null
    const { say, language } = voiceOf(user.language, row.params.language)
    const said = await kinds(say)[row.kind]?.(user, row)
    return said ? letterOf(said, language) : null
  }
}
