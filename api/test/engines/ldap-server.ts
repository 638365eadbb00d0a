import { createRequire } from 'node:module'
import type { AddressInfo, Server } from 'node:net'
import { localCertificate } from './mail-server.ts'

// It has no types, and knows attributes by small letters alone.
const ldap = createRequire(import.meta.url)('ldapjs')

export type LdapPerson = { uid: string; password: string; mail?: string; cn?: string; groups?: string[] }
type Request = { dn: { toString(): string }; credentials: string; filter: { matches(entry: object): boolean; toString(): string }; sizeLimit: number }
type Response = { attributes: string[]; send(entry: object): void; end(): void }
type Done = (error?: Error) => void

const base = 'dc=example,dc=org'
const people = `ou=people,${base}`
const groups = `ou=groups,${base}`
export const reader = { dn: `cn=reader,${base}`, password: 'reader of people' }

const plain = (dn: { toString(): string }) => dn.toString().replaceAll(' ', '').toLowerCase()

/** A directory by others, over TLS or not, on a port of its own. An empty password is an anonymous bind that succeeds, as in Active Directory. */
export async function startLdapServer({ isTls = true } = {}) {
  const table = new Map<string, LdapPerson>()
  const dnOf = ({ uid }: LdapPerson) => `uid=${uid},${people}`
  /** Every bind, with its password: what a server that nobody trusts would have seen. */
  const binds: { dn: string; password: string }[] = []
  const { key, cert } = localCertificate()
  type Handler = (request: Request, response: Response, next: Done) => void
  const server: Server & { bind(dn: string, handler: Handler): void; search(dn: string, handler: Handler): void } = ldap.createServer(
    isTls ? { key, certificate: cert } : {},
  )
  server.bind('', (request: Request, response: Response, next: Done) => {
    const dn = plain(request.dn)
    binds.push({ dn, password: request.credentials })
    const person = [...table.values()].find((one) => plain(dnOf(one)) === dn)
    const expected = dn === plain(reader.dn) ? reader.password : person?.password
    if (request.credentials !== '' && request.credentials !== expected) return next(new ldap.InvalidCredentialsError())
    response.end()
    return next()
  })
  server.search('', (request: Request, response: Response, next: Done) => {
    const at = plain(request.dn)
    // As it is, it finds nothing that was asked for in capitals.
    response.attributes = response.attributes.map((name) => name.toLowerCase())
    const entries = [
      ...(at === plain(people) ? [{ dn: people, attributes: { objectclass: ['organizationalUnit'] } }] : []),
      ...[...table.values()].map((one) => ({
        dn: dnOf(one),
        attributes: {
          objectclass: ['person'],
          uid: one.uid,
          entryuuid: `uuid-of-${one.uid}`,
          cn: one.cn ?? one.uid,
          ...(one.mail && { mail: one.mail }),
          ...(one.groups && { memberof: one.groups.map((name) => `cn=${name},${groups}`) }),
        },
      })),
      ...[...new Set([...table.values()].flatMap((one) => one.groups ?? []))].map((name) => ({
        dn: `cn=${name},${groups}`,
        attributes: { objectclass: ['groupOfNames'], cn: name, member: [...table.values()].filter((one) => one.groups?.includes(name)).map(dnOf) },
      })),
    ]
    for (const entry of entries.filter(({ dn }) => plain(dn).endsWith(at))) if (request.filter.matches(entry.attributes)) response.send(entry)
    response.end()
    return next()
  })
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `${isTls ? 'ldaps' : 'ldap'}://localhost:${port}`,
    cert,
    peopleBase: people,
    groupsBase: groups,
    binds,
    put: (person: LdapPerson) => void table.set(person.uid, person),
    remove: (uid: string) => void table.delete(uid),
    [Symbol.asyncDispose]: () => new Promise<void>((resolve) => void server.close(() => resolve())),
  }
}
