import { Email } from '@jarvis/contracts/accounts.ts'
import SCIMMY from 'scimmy'
import { regularPatch, regularUser } from './patch-shapes.ts'
import { ScimError, scimBad, type ScimType } from './scim-error.ts'

const { Messages, Schemas, Types } = SCIMMY
// Its types know less than it takes.
Schemas.User.extend(Schemas.EnterpriseUser as never, false)

export type UserResource = Record<string, unknown>
/** What Jarvis takes of a person as a directory writes them. `attributes` is all of it that is kept as it came. */
export type ScimUser = { userName: string; externalId: string | null; email: string; name: string; active: boolean; attributes: UserResource }

const charactersMax = 20_000
const nameMax = 100

/** A whole user. @throws ScimError */
export const readUser = (body: unknown): ScimUser => asked(() => toUser(plain(new Schemas.User(objectOf(regularUser(body)) as never, 'in'))))

/** A user as it is after a patch. @throws ScimError */
export async function patchUser(now: UserResource, body: unknown): Promise<ScimUser> {
  let next = now
  try {
    await new Messages.PatchOp(objectOf(regularPatch(body, now)) as never).apply(new Schemas.User(now as never, 'out'), async (changed: unknown) => {
      next = plain(changed)
      return changed as never
    })
  } catch (error) {
    throw toScimError(error)
  }
  return asked(() => toUser(plain(new Schemas.User(objectOf(next) as never, 'in'))))
}

/** As it is shown. */
export const showUser = (resource: UserResource): UserResource => plain(new Schemas.User(resource, 'out'))

export const describeSchemas = (at: string): UserResource[] =>
  [Schemas.User, Schemas.EnterpriseUser, Schemas.Group].map(({ definition }) => plain(definition.describe(at)))

function toUser(resource: UserResource): ScimUser {
  const { schemas: _schemas, meta: _meta, id: _id, groups: _groups, externalId, active, ...attributes } = resource
  if (JSON.stringify(attributes).length > charactersMax) throw scimBad('tooMany', 'The resource is too long.')
  const userName = String(resource['userName']).trim()
  const email = emailOf(resource, userName)
  return {
    userName,
    externalId: typeof externalId === 'string' && externalId !== '' ? externalId.slice(0, 250) : null,
    email,
    name: nameOf(resource) ?? email.slice(0, email.indexOf('@')).slice(0, nameMax),
    active: active !== false,
    attributes,
  }
}

type Entry = { value?: unknown; type?: unknown; primary?: unknown }

function emailOf({ emails }: UserResource, userName: string): string {
  const all = (Array.isArray(emails) ? emails : []) as Entry[]
  const best = all.find(({ primary }) => primary === true) ?? all.find(({ type }) => type === 'work') ?? all[0]
  const read = Email.safeParse(best?.value ?? userName)
  if (!read.success) throw scimBad('invalidValue', 'A person needs an email address: as the primary one of emails, or as userName.')
  return read.data.toLowerCase()
}

function nameOf({ displayName, name }: UserResource): string | undefined {
  const { formatted, givenName, familyName } = (name ?? {}) as Record<string, unknown>
  const parts = [givenName, familyName].filter((part) => typeof part === 'string').join(' ')
  const found = [displayName, formatted, parts].find((each) => typeof each === 'string' && each.trim() !== '') as string | undefined
  return found?.trim().slice(0, nameMax)
}

function objectOf(body: unknown): object {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) throw scimBad('invalidSyntax', 'The body must be an object.')
  return body
}

const plain = (value: unknown): UserResource => JSON.parse(JSON.stringify(value)) as UserResource

function asked<Made>(make: () => Made): Made {
  try {
    return make()
  } catch (error) {
    throw toScimError(error)
  }
}

/** The library says what is wrong with a value by a TypeError. */
function toScimError(error: unknown): unknown {
  if (error instanceof ScimError) return error
  if (error instanceof Types.Error) return new ScimError(error.status, error.scimType as ScimType, error.message, { cause: error })
  return error instanceof TypeError ? scimBad('invalidValue', error.message, error) : error
}
