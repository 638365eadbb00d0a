import { z } from 'zod'
import { Branding } from './branding.ts'
import { OneTimeCode } from './factors.ts'
import { PasskeyAnswer } from './passkeys.ts'
import { PlanId, Role } from './plans.ts'
import { Id, Instructions, Timestamp, text } from './text.ts'

export const Email = z.email().max(254)
/** Any length up to 1,024 counts in full: passwords are hashed before bcrypt, which would cut them at 72 bytes. */
export const Password = text(1024, 8)
export const Name = text(100).trim()

/** `paused`: nothing is remembered of what the person says, and nothing that is remembered is used; it stays. */
export const MemoryUse = z.enum(['on', 'paused'])
export type MemoryUse = z.infer<typeof MemoryUse>

/** A tag of BCP 47, such as `de` or `pt-BR`. */
export const Language = z.string().regex(/^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}$/, 'must be a language tag such as de or pt-BR')

/** The address that is to replace the one of now, once the addresses that it waits for agree. */
export const PendingEmail = z.object({ address: z.string(), waitsFor: z.array(z.enum(['old', 'new'])), expiresAt: Timestamp })

/** `instructions` are what they wish for each answer, shown to themself alone. */
export const User = z
  .object({
    id: Id,
    email: z.string(),
    name: z.string(),
    role: Role,
    plan: PlanId,
    createdAt: Timestamp,
    memory: MemoryUse.optional(),
    instructions: z.string().optional(),
    /** The language of the page, as a tag of BCP 47; null: as the browser asks for. */
    language: z.string().nullish(),
    /** The person has shown that they read what is sent to this address. */
    emailVerified: z.boolean().optional(),
    /** Until when the letter of the registration has to be opened, lest the account be erased; null where it was, or none is needed. */
    confirmBy: Timestamp.nullish(),
    pendingEmail: PendingEmail.nullish(),
    /** Their role needs a second factor and they have none: nothing else is open to them before they set one up. */
    factorRequired: z.boolean().optional(),
    /** There are terms that they have not accepted: little else is open to them before. */
    termsRequired: z.boolean().optional(),
  })
  .meta({ id: 'User' })
export type User = z.infer<typeof User>

/** `invitation`: what stands behind `#invitation=` in its link. */
export const RegisterBody = z.strictObject({ email: Email, password: Password, name: Name, invitation: text(200).optional() })
export const LoginBody = z.strictObject({ email: text(254), password: text(1024), otp: OneTimeCode.optional(), passkey: PasskeyAnswer.optional() })
export const PasswordBody = z.strictObject({ current: text(1024), next: Password })
export const ProfileBody = z.strictObject({
  name: Name.optional(),
  email: Email.optional(),
  memory: MemoryUse.optional(),
  instructions: Instructions.optional(),
  language: Language.nullish(),
})

/** A link's secret: what stands behind `#token=` in it. */
const LinkToken = text(200)
export const ForgotBody = z.strictObject({ email: Email })
export const ResetBody = z.strictObject({ token: LinkToken, password: Password })
export const VerifyEmailBody = z.strictObject({ token: LinkToken })
/** One of them. */
export const ReauthenticateBody = z
  .strictObject({ password: text(1024).optional(), otp: OneTimeCode.optional(), passkey: PasskeyAnswer.optional() })
  .refine((body) => Object.values(body).filter((value) => value !== undefined).length === 1, 'Send one of password, otp and passkey.')

/** By default the link is mailed where there is a mail server, and else returned. */
export const PasswordLinkBody = z.strictObject({ delivery: z.enum(['mail', 'link']).optional() })
export const PasswordLink = z
  .object({ delivery: z.enum(['mail', 'link']), url: z.string().nullable(), expiresAt: Timestamp.nullable() })
  .meta({ id: 'PasswordLink' })
export type PasswordLink = z.infer<typeof PasswordLink>

/** How somebody may sign in here. `mail`: letters reach people, so a forgotten password needs nobody else. */
export const SignInMethods = z
  .object({
    password: z.boolean(),
    registration: z.boolean(),
    passkeys: z.boolean(),
    mail: z.boolean(),
    providers: z.array(z.object({ id: z.string(), name: z.string(), kind: z.string() })),
  })
  .meta({ id: 'SignInMethods' })
export type SignInMethods = z.infer<typeof SignInMethods>

/** `transport=body` returns the refresh token in the body instead of a cookie, for clients that are not browsers. */
export const TransportQuery = z.strictObject({ transport: z.enum(['cookie', 'body']).default('cookie') })
export const RefreshBody = z.strictObject({ refreshToken: text(200).optional() }).nullish()

/** `expiresIn` is in seconds, as in RFC 6749. */
export const SignedIn = z
  .object({ user: User, accessToken: z.string(), expiresIn: z.int(), refreshToken: z.string().optional() })
  .meta({ id: 'SignedIn' })
export type SignedIn = z.infer<typeof SignedIn>

export const Session = z
  .object({ id: Id, createdAt: Timestamp, lastSeenAt: Timestamp, userAgent: z.string(), address: z.string(), current: z.boolean() })
  .meta({ id: 'Session' })
export type Session = z.infer<typeof Session>

/** What a page must know before anyone signs in. */
export const Instance = z
  .object({
    name: z.string(),
    version: z.string(),
    registrationOpen: z.boolean(),
    /** `letter`: with an address that a letter goes to first. */
    registration: z.enum(['open', 'closed', 'invitation', 'domains', 'letter']).optional(),
    firstUser: z.boolean(),
    practiceModel: z.boolean(),
    billing: z.boolean(),
    branding: Branding.optional(),
  })
  .meta({ id: 'Instance' })
export type Instance = z.infer<typeof Instance>
