import type { Operation } from './operations.ts'
import type { signOnEndpoints } from './sign-on-endpoints.ts'

export const signOnOperations: { [Name in keyof typeof signOnEndpoints]: Operation<(typeof signOnEndpoints)[Name]> } = {
  beginSignOn: { summary: 'Leave for an issuer to sign in', isLimited: true },
  finishSignOn: { summary: 'Come back from an issuer', isLimited: true },
  samlMetadata: { summary: 'Describe Jarvis to an identity provider of SAML', answer: '<EntityDescriptor …>' },
  samlAnswer: {
    summary: 'Take the answer of an identity provider of SAML',
    isLimited: true,
    body: { SAMLResponse: 'PHNhbWxwOlJlc3BvbnNlPg==', RelayState: 'kq0Vb3cT6cOQm0Xb1uH2J9n5y4s8w7e6r5t4z3u2i1o' },
  },
  samlFinish: { summary: 'Come back from an identity provider of SAML', isLimited: true },
  signInByDirectory: {
    summary: 'Sign in with a directory',
    isLimited: true,
    body: { name: 'ada', password: 'correct horse battery' },
  },
  backchannelLogout: {
    summary: 'End sessions that an issuer ended',
    isLimited: true,
    body: { logout_token: 'eyJhbGciOiJSUzI1NiIsImtpZCI6ImEifQ.eyJqdGkiOiJiIn0.c2ln' },
  },
  signOut: { summary: 'Sign out here, and at the issuer', answer: { url: 'https://login.example.org/logout' } },
  identities: {
    summary: 'List one’s accounts at issuers',
    answer: {
      items: [
        {
          id: '0199f0c4-7a70-7d1f-8c55-2f5f0f6c1a11',
          provider: 'entra',
          name: 'Microsoft',
          email: 'ada@example.org',
          createdAt: '2026-01-31T12:00:00.000Z',
          lastUsedAt: '2026-01-31T12:00:00.000Z',
        },
      ],
      nextCursor: null,
    },
  },
  linkIdentity: {
    summary: 'Connect an account at an issuer',
    body: { provider: 'entra', next: '/settings' },
    answer: { url: 'https://login.example.org/authorize?client_id=jarvis' },
  },
  unlinkIdentity: { summary: 'Disconnect an account at an issuer' },
  showByIdentity: {
    summary: 'Show again who one is, at an issuer',
    body: { provider: 'entra', next: '/settings' },
    answer: { url: 'https://login.example.org/authorize?client_id=jarvis' },
  },
}
