import * as example from './examples.ts'
import type { Operation } from './operations.ts'
import type { termsEndpoints } from './terms.ts'

const { publishedBy: _by, accepted: _accepted, ...current } = example.terms
const accepted = { version: current.version, acceptedAt: '2026-03-02T09:31:00.000Z' }

export const termsOperations: { [Name in keyof typeof termsEndpoints]: Operation<(typeof termsEndpoints)[Name]> } = {
  terms: { summary: 'Show the terms', answer: { current } },
  myTerms: { summary: 'List the terms that one accepted', answer: { items: [accepted], nextCursor: null } },
  acceptTerms: { summary: 'Accept the terms', body: { version: current.version }, answer: accepted },
  adminTerms: { summary: 'List the versions of the terms', answer: { items: [example.terms], people: 500, nextCursor: null } },
  adminPublishTerms: { summary: 'Publish terms', body: { text: current.text }, answer: { ...example.terms, accepted: 0 } },
}
