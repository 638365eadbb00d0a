import { z } from 'zod'
import { Id, page, Timestamp, text, WholeListQuery, wholeList } from './text.ts'

/** Versions count from 1; the newest is in force. An empty text asks nobody for anything. */
const version = z.int().min(1)

/** What people accept before they go on, in Markdown. */
export const Terms = z.object({ version, text: z.string(), publishedAt: Timestamp }).meta({ id: 'Terms' })
export type Terms = z.infer<typeof Terms>

/** A version that a person accepted. */
export const AcceptedTerms = z.object({ version, acceptedAt: Timestamp }).meta({ id: 'AcceptedTerms' })
export type AcceptedTerms = z.infer<typeof AcceptedTerms>

/** `accepted`: how many of the people with an account that is not disabled. `publishedBy` is null once they are erased. */
export const AdminTerms = Terms.extend({ publishedBy: Id.nullable(), accepted: z.int() }).meta({ id: 'AdminTerms' })
export type AdminTerms = z.infer<typeof AdminTerms>

export const TermsBody = z.strictObject({ text: text(100_000, 0).trim() })

const admin = ['admin'] as const

/** `beforeTerms`: also for somebody who has to accept them first. */
export const termsEndpoints = {
  terms: {
    method: 'GET',
    url: '/api/v1/terms',
    config: { who: ['anyone'] },
    schema: {
      tags: ['accounts'],
      description: 'The terms that are in force; null where there are none.',
      response: { 200: z.object({ current: Terms.nullable() }) },
    },
  },
  myTerms: {
    method: 'GET',
    url: '/api/v1/me/terms',
    config: { who: ['person'], beforeTerms: true },
    schema: { ...wholeList('accounts', AcceptedTerms), description: 'Which terms this person accepted, and when; the newest first.' },
  },
  acceptTerms: {
    method: 'POST',
    url: '/api/v1/me/terms',
    config: { who: ['person'], beforeTerms: true },
    schema: {
      tags: ['accounts'],
      description: 'Accepts the version that is in force; 409 for another one, which was replaced meanwhile. The same again changes nothing.',
      body: z.strictObject({ version }),
      response: { 200: AcceptedTerms },
    },
  },
  adminTerms: {
    method: 'GET',
    url: '/api/v1/admin/terms',
    config: { who: admin },
    schema: {
      tags: ['admin'],
      description: 'Every version, the newest first, and how many accepted it of the `people` whose account is not disabled.',
      querystring: WholeListQuery,
      response: { 200: page(AdminTerms).extend({ people: z.int() }) },
    },
  },
  adminPublishTerms: {
    method: 'POST',
    url: '/api/v1/admin/terms',
    config: { who: admin },
    schema: {
      tags: ['admin'],
      description:
        'The next version, in force at once: until they accept it, people and their API keys get 403 `terms_required`. An empty text asks nobody for anything. Within ten minutes after a sign-in or `POST /auth/reauthenticate`; 409 for the text that is in force.',
      body: TermsBody,
      response: { 201: AdminTerms },
    },
  },
} as const
