import type { File } from '@jarvis/contracts/files.ts'
import { say } from '#words/say.ts'

/** How far the reading of a file is. */
export const readingNow = (progress: File['progress']): string =>
  progress ? say('Being read, {done} of {total} pages', progress) : say('Being read')
