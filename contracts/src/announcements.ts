import { z } from 'zod'
import { Id, Timestamp, text, wholeList } from './text.ts'

/** What everybody here is told, from `startsAt` until `endsAt`; null: until somebody ends it. */
export const Announcement = z
  .object({ id: Id, text: z.string(), tone: z.enum(['info', 'warning']), startsAt: Timestamp, endsAt: Timestamp.nullable() })
  .meta({ id: 'Announcement' })
export type Announcement = z.infer<typeof Announcement>

/** `createdBy` is null once they are erased. */
export const AdminAnnouncement = Announcement.extend({ createdBy: Id.nullable(), createdAt: Timestamp }).meta({ id: 'AdminAnnouncement' })
export type AdminAnnouncement = z.infer<typeof AdminAnnouncement>

const moment = z.iso.datetime({ offset: true })
/** Without `startsAt` it begins at once. */
export const AnnouncementBody = z.strictObject({
  text: text(1000).trim().min(1),
  tone: Announcement.shape.tone.optional(),
  startsAt: moment.optional(),
  endsAt: moment.nullish(),
})
export type AnnouncementBody = z.infer<typeof AnnouncementBody>

const admin = ['admin'] as const
const byId = z.strictObject({ id: Id })

export const announcementEndpoints = {
  announcements: {
    method: 'GET',
    url: '/api/v1/announcements',
    config: { who: ['person'] },
    schema: {
      ...wholeList('accounts', Announcement),
      description: 'What is to be shown now, the newest first. Open sockets are sent the frame `announcements` whenever that changes.',
    },
  },
  adminAnnouncements: {
    method: 'GET',
    url: '/api/v1/admin/announcements',
    config: { who: admin },
    schema: {
      ...wholeList('admin', AdminAnnouncement),
      description: 'Those to come, those that are shown, and those that ended in the last 90 days; the newest first.',
    },
  },
  adminAnnounce: {
    method: 'POST',
    url: '/api/v1/admin/announcements',
    config: { who: admin },
    schema: {
      tags: ['admin'],
      description: '400 for an end that is over or before the beginning; 409 while 20 have not ended.',
      body: AnnouncementBody,
      response: { 201: AdminAnnouncement },
    },
  },
  adminEndAnnouncement: {
    method: 'POST',
    url: '/api/v1/admin/announcements/:id/end',
    config: { who: admin },
    schema: { tags: ['admin'], description: 'One that ended stays as it is.', params: byId, response: { 200: AdminAnnouncement } },
  },
  adminDeleteAnnouncement: {
    method: 'DELETE',
    url: '/api/v1/admin/announcements/:id',
    config: { who: admin },
    schema: { tags: ['admin'], params: byId, response: { 204: z.null().describe('No content') } },
  },
} as const
