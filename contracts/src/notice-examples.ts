import type { AdminAnnouncement, Announcement } from './announcements.ts'
import { adminUser, user } from './examples.ts'
import type { AdminTerms, Terms } from './terms.ts'

export const announced: Announcement = {
  id: '01997c1e-7f50-7000-8000-0000000a2202',
  text: 'On Friday from 18:00 to 19:00 Jarvis is away for an upgrade.',
  tone: 'warning',
  startsAt: user.createdAt,
  endsAt: '2026-03-06T19:00:00.000Z',
}
export const announcement: AdminAnnouncement = { ...announced, createdBy: adminUser.id, createdAt: user.createdAt }

export const terms: Terms = { version: 2, text: '# Terms of use\n\nGive Jarvis no data of customers.', publishedAt: user.createdAt }
export const published: AdminTerms = { ...terms, publishedBy: adminUser.id, accepted: 412 }
