import type { announcementEndpoints } from './announcements.ts'
import * as example from './examples.ts'
import type { Operation } from './operations.ts'

const { createdBy: _by, createdAt: _at, ...shown } = example.announcement

export const announcementOperations: { [Name in keyof typeof announcementEndpoints]: Operation<(typeof announcementEndpoints)[Name]> } = {
  announcements: { summary: 'List what everybody is told', answer: { items: [shown], nextCursor: null } },
  adminAnnouncements: { summary: 'List announcements', answer: { items: [example.announcement], nextCursor: null } },
  adminAnnounce: {
    summary: 'Tell everybody something',
    body: { text: example.announcement.text, tone: 'warning', endsAt: example.announcement.endsAt },
    answer: example.announcement,
  },
  adminEndAnnouncement: { summary: 'End an announcement', answer: example.announcement },
  adminDeleteAnnouncement: { summary: 'Delete an announcement', more: 'It is shown to nobody any more.' },
}
