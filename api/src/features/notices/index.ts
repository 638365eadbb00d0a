import { type AnnouncementsDeps, createAnnouncements } from './announcements.ts'
import { createTerms, type TermsDeps } from './terms.ts'

export { mustAccept } from './must-accept.ts'
export type Notices = ReturnType<typeof createNotices>

/** What an administrator says to everybody here: to be read, or to be accepted. */
export const createNotices = (deps: AnnouncementsDeps & TermsDeps) => ({ announcements: createAnnouncements(deps), terms: createTerms(deps) })
