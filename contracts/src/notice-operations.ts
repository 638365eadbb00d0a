import type { announcementEndpoints } from './announcements.ts'
import type { brandingEndpoints } from './branding.ts'
import * as example from './notice-examples.ts'
import type { Operation } from './operations.ts'
import type { planEndpoints } from './plan-endpoints.ts'
import type { termsEndpoints } from './terms.ts'

type Described = typeof announcementEndpoints & typeof termsEndpoints & typeof brandingEndpoints & typeof planEndpoints

const { announced, announcement, terms, published } = example
const plan = {
  id: 'pro',
  requestsPerMinute: { chosen: null, builtIn: 60 },
  tokensPerCycle: { chosen: 3_000_000, builtIn: 1_000_000 },
} as const
const accepted = { version: terms.version, acceptedAt: '2026-03-02T09:31:00.000Z' }

export const noticeOperations: { [Name in keyof Described]: Operation<Described[Name]> } = {
  announcements: { summary: 'List what everybody is told', answer: { items: [announced], nextCursor: null } },
  adminAnnouncements: { summary: 'List announcements', answer: { items: [announcement], nextCursor: null } },
  adminAnnounce: {
    summary: 'Tell everybody something',
    body: { text: announced.text, tone: 'warning', endsAt: announced.endsAt },
    answer: announcement,
  },
  adminEndAnnouncement: { summary: 'End an announcement', answer: announcement },
  adminDeleteAnnouncement: { summary: 'Delete an announcement', more: 'It is shown to nobody any more.' },
  terms: { summary: 'Show the terms', answer: { current: terms } },
  myTerms: { summary: 'List the terms that one accepted', answer: { items: [accepted], nextCursor: null } },
  acceptTerms: { summary: 'Accept the terms', body: { version: terms.version }, answer: accepted },
  adminTerms: { summary: 'List the versions of the terms', answer: { items: [published], people: 500, nextCursor: null } },
  adminPublishTerms: { summary: 'Publish terms', body: { text: terms.text }, answer: { ...published, accepted: 0 } },
  adminUpdateBranding: {
    summary: 'Choose name and look',
    body: { name: 'Example Works', hue: 140 },
    answer: { name: 'Example Works', hue: 140, logo: null },
  },
  adminPlans: { summary: 'List what plans allow', answer: { items: [plan], nextCursor: null } },
  adminUpdatePlan: { summary: 'Choose what a plan allows', body: { tokensPerCycle: 3_000_000 }, answer: plan },
}
