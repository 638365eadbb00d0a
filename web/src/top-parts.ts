/** What may stand above every page. */
export { Announcements } from './announcements.tsx'
export { PracticeBanner } from './practice-banner.tsx'
