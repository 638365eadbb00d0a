import { AndFilter, Client, type Entry, EqualityFilter, escapeFilter, InvalidCredentialsError } from 'ldapts'
import { z } from 'zod'
import { refusal } from '#lib/refusal.ts'
import type { LdapProvider } from './identity-file.ts'
import type { Directory, IssuedIdentity } from './index.ts'

const msMax = 5000
const secondsMax = 5
const groupsMax = 2000

/** A directory of LDAP: somebody is looked up by the account of ours, and then binds as themself. One connection each, for a bind changes whose it is. */
export function createLdapDirectory(provider: LdapProvider): Directory {
  const { id, name, url, ca, attributes } = provider
  const isTls = url.toLowerCase().startsWith('ldaps:')
  const host = new URL(url.replace(/^ldap/i, 'http')).hostname
  const tls = { minVersion: 'TLSv1.2' as const, ...(ca !== undefined && { ca: [ca] }), ...(/[a-z]/i.test(host) && { servername: host }) }

  async function connected<Made>(work: (client: Client) => Promise<Made>): Promise<Made> {
    const client = new Client({ url, connectTimeout: msMax, timeout: msMax, ...(isTls && { tlsOptions: tls }) })
    try {
      if (!isTls && provider.startTls) await client.startTLS(tls)
      await client.bind(provider.bindDn, provider.bindPassword)
      return await work(client)
    } finally {
      await client.unbind().catch(() => undefined)
    }
  }

  async function find(client: Client, typed: string): Promise<Entry | undefined> {
    const { searchEntries } = await client.search(provider.peopleBase, {
      scope: 'sub',
      filter: provider.peopleFilter.replaceAll('{name}', () => escapeFilter`${typed}`),
      attributes: [attributes.subject, attributes.email, attributes.name, 'memberOf'],
      explicitBufferAttributes: [attributes.subject],
      sizeLimit: 2,
      timeLimit: secondsMax,
    })
    // Of two nobody knows who is meant.
    return searchEntries.length === 1 ? searchEntries[0] : undefined
  }

  async function groupsOf(client: Client, person: Entry): Promise<string[]> {
    if (provider.groupsBase === undefined) return textsOf(valueOf(person, 'memberOf')).map(commonName)
    const { searchEntries } = await client.search(provider.groupsBase, {
      scope: 'sub',
      filter: new AndFilter({ filters: [new EqualityFilter({ attribute: 'member', value: person.dn })] }),
      attributes: [attributes.group],
      sizeLimit: groupsMax,
      timeLimit: secondsMax,
    })
    return searchEntries.flatMap((group) => textsOf(valueOf(group, attributes.group)))
  }

  /** The person's own bind says whether the password is theirs; only there a refusal is about it. */
  async function isTheirs(client: Client, dn: string, password: string): Promise<boolean> {
    try {
      await client.bind(dn, password)
      return true
    } catch (error) {
      if (error instanceof InvalidCredentialsError) return false
      throw error
    }
  }

  async function enter(client: Client, typed: string, password: string): Promise<IssuedIdentity | null> {
    const person = await find(client, typed)
    // A bind all the same: whether there is somebody is not to be told by the time.
    if (!person) {
      await isTheirs(client, `cn=nobody,${provider.peopleBase}`, password).catch(() => false)
      return null
    }
    const groups = await groupsOf(client, person)
    if (!(await isTheirs(client, person.dn, password))) return null
    const subject = subjectOf(valueOf(person, attributes.subject))
    if (subject === null) throw new Error(`the entry has no ${attributes.subject}`)
    const email = z
      .email()
      .max(254)
      .safeParse(textsOf(valueOf(person, attributes.email))[0])
    return {
      issuer: `ldap:${id}`,
      subject,
      sid: null,
      email: email.success ? email.data.toLowerCase() : null,
      emailVerified: email.success && provider.emails === 'trusted',
      name: textsOf(valueOf(person, attributes.name))[0]?.slice(0, 100) ?? null,
      groups: groups.slice(0, groupsMax),
      idToken: '',
    }
  }

  return {
    id,
    name,
    async signIn(typed, password) {
      // An empty password is an anonymous bind, which succeeds.
      if (password === '' || typed.trim() === '') return null
      try {
        return await connected((client) => enter(client, typed.trim(), password))
      } catch (error) {
        throw refusal('unavailable.issuer', { provider: name }, { cause: error })
      }
    },
    check: () =>
      connected(async (client) => {
        await client.search(provider.peopleBase, { scope: 'base', filter: '(objectClass=*)', attributes: ['objectClass'], timeLimit: secondsMax })
        return `${url}${isTls || provider.startTls ? ' over TLS' : ''}`
      }).catch((error: unknown) => {
        // What a server says of it may be no more than a number.
        if (error instanceof InvalidCredentialsError) throw new Error(`invalid credentials for ${provider.bindDn}`, { cause: error })
        throw error
      }),
  }
}

type Value = Entry[string] | undefined

/** Names of attributes have no case: a server writes them as it likes, and beside its own stands an empty one as it was asked for. */
function valueOf(entry: Entry, name: string): Value {
  const own = Object.keys(entry).filter((key) => key.toLowerCase() === name.toLowerCase())
  return own.map((key) => entry[key]).find((value) => value !== undefined && value.length > 0)
}

/** One value is a text, several are a list, and one that was asked for and is not there is an empty list. */
const textsOf = (value: Value): string[] => [value ?? []].flat().flatMap((each) => (typeof each === 'string' && each !== '' ? [each] : []))

/** `entryUUID` is a text in bytes; `objectGUID` is bytes. */
function subjectOf(value: Value): string | null {
  const [first] = [value ?? []].flat()
  if (typeof first === 'string') return first || null
  if (!Buffer.isBuffer(first) || first.length === 0) return null
  const text = first.toString('utf8')
  return /^[\w.@:{}-]+$/.test(text) ? text : first.toString('hex')
}

/** The first name of a distinguished name: `staff` of `cn=staff,ou=groups`. */
const commonName = (dn: string): string => /^[^=]+=((?:\\.|[^,\\])+)/.exec(dn)?.[1]?.replace(/\\(.)/g, '$1') ?? dn
