import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inflateRawSync } from 'node:zlib'
import { SignedXml } from 'xml-crypto'

export type Pair = { key: string; cert: string }

/** An RSA key, and a certificate of it that no authority signed. */
export function newPair(name: string, days = '2'): Pair {
  const folder = mkdtempSync(join(tmpdir(), 'jarvis-saml-'))
  const [keyFile, certFile] = [join(folder, 'key'), join(folder, 'cert')]
  const kind = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', days]
  execFileSync('openssl', [...kind, '-keyout', keyFile, '-out', certFile, '-subj', `/CN=${name}`], { stdio: 'ignore' })
  return { key: readFileSync(keyFile, 'utf8'), cert: readFileSync(certFile, 'utf8') }
}

/** What of the request an answer is made for. */
export type Asked = { id: string; acs: string; audience: string; relayState: string; xml: string }

export function readRequest(url: string): Asked {
  const { searchParams } = new URL(url)
  const xml = inflateRawSync(Buffer.from(searchParams.get('SAMLRequest')!, 'base64')).toString()
  return {
    xml,
    id: / ID="([^"]+)"/.exec(xml)![1]!,
    acs: /AssertionConsumerServiceURL="([^"]+)"/.exec(xml)![1]!,
    audience: /<saml:Issuer[^>]*>([^<]+)</.exec(xml)![1]!,
    relayState: searchParams.get('RelayState')!,
  }
}

export type Assertion = {
  id: string
  issuer: string
  nameId: string
  format: string
  audience: string
  recipient: string
  inResponseTo: string
  notBefore: Date
  notOnOrAfter: Date
  authenticatedAt: Date
  method: string
  attributes: Record<string, string[]>
}
export const minutes = (count: number) => new Date(Date.now() + count * 60_000)
const email = 'urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress'
export const transientFormat = 'urn:oasis:names:tc:SAML:2.0:nameid-format:transient'

export const assertionFor = (issuer: string, asked: Asked, fields: Partial<Assertion> = {}): Assertion => ({
  id: '_a1',
  issuer,
  nameId: 'ann@example.org',
  format: email,
  audience: asked.audience,
  recipient: asked.acs,
  inResponseTo: asked.id,
  notBefore: minutes(-1),
  notOnOrAfter: minutes(5),
  authenticatedAt: new Date(),
  method: 'urn:oasis:names:tc:SAML:2.0:cm:bearer',
  attributes: {},
  ...fields,
})

export function xmlOf(a: Assertion): string {
  const attributes = Object.entries(a.attributes).map(
    ([name, values]) =>
      `<saml:Attribute Name="${name}">${values.map((value) => `<saml:AttributeValue>${value}</saml:AttributeValue>`).join('')}</saml:Attribute>`,
  )
  return [
    `<saml:Assertion xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="${a.id}" Version="2.0" IssueInstant="${new Date().toISOString()}">`,
    `<saml:Issuer>${a.issuer}</saml:Issuer><saml:Subject><saml:NameID Format="${a.format}">${a.nameId}</saml:NameID>`,
    `<saml:SubjectConfirmation Method="${a.method}"><saml:SubjectConfirmationData NotOnOrAfter="${a.notOnOrAfter.toISOString()}" `,
    `Recipient="${a.recipient}" InResponseTo="${a.inResponseTo}"/></saml:SubjectConfirmation></saml:Subject>`,
    `<saml:Conditions NotBefore="${a.notBefore.toISOString()}" NotOnOrAfter="${a.notOnOrAfter.toISOString()}">`,
    `<saml:AudienceRestriction><saml:Audience>${a.audience}</saml:Audience></saml:AudienceRestriction></saml:Conditions>`,
    `<saml:AuthnStatement AuthnInstant="${a.authenticatedAt.toISOString()}" SessionIndex="_s1"><saml:AuthnContext>`,
    `<saml:AuthnContextClassRef>urn:oasis:names:tc:SAML:2.0:ac:classes:Password</saml:AuthnContextClassRef></saml:AuthnContext>`,
    `</saml:AuthnStatement>${attributes.length > 0 ? `<saml:AttributeStatement>${attributes.join('')}</saml:AttributeStatement>` : ''}</saml:Assertion>`,
  ].join('')
}

const exclusive = 'http://www.w3.org/2001/10/xml-exc-c14n#'

export function signed(xml: string, element: 'Assertion' | 'Response', { key, cert }: Pair): string {
  const one = new SignedXml({
    privateKey: key,
    publicCert: cert,
    signatureAlgorithm: 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256',
    canonicalizationAlgorithm: exclusive,
  })
  one.addReference({
    xpath: `//*[local-name(.)='${element}']`,
    digestAlgorithm: 'http://www.w3.org/2001/04/xmlenc#sha256',
    transforms: ['http://www.w3.org/2000/09/xmldsig#enveloped-signature', exclusive],
  })
  const reference = `//*[local-name(.)='${element}']/*[local-name(.)='Issuer']`
  one.computeSignature(xml, { location: { reference, action: 'after' } })
  return one.getSignedXml()
}

export function responseOf(inner: string, issuer: string, asked: Asked, status = 'Success'): string {
  return [
    `<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="_r1" Version="2.0" `,
    `IssueInstant="${new Date().toISOString()}" Destination="${asked.acs}" InResponseTo="${asked.id}"><saml:Issuer>${issuer}</saml:Issuer>`,
    `<samlp:Status><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:${status}"/></samlp:Status>${inner}</samlp:Response>`,
  ].join('')
}
