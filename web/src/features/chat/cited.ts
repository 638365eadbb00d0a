import type { Citation } from '@jarvis/contracts/chat.ts'
import { say } from '#words/say.ts'

/** Shows the passage of a file that a number leads to. */
export const showPassage = async ({ fileId = '', position = 0, title }: Citation): Promise<void> =>
  (await import('./viewer/open-passage.tsx')).openPassage({ fileId, position, title })

/** A file with the page in it. */
export const placeOf = ({ title, page }: Citation): string => (page ? say('{title}, page {page}', { title, page: String(page) }) : title)
