import type { Browser } from '#ports/browser/index.ts'
import type { Tool } from '#features/agent/tool.ts'
import type { Documents } from '#ports/documents/index.ts'
import { elementTools } from './element-tools.ts'
import { createOpenDocuments } from './open-documents.ts'
import { pageTools } from './page-tools.ts'
import type { KeepScreenshot } from './page-view.ts'

export { screenshotUrl } from './screenshot-url.ts'
export { createScreenshotStore } from './screenshots.ts'

/** The tools that look at web pages and use them: one page for each task, closed with it. */
export function browserTools({ documents, ...rest }: { browser: Browser; documents: Documents; keepScreenshot: KeepScreenshot }): Tool[] {
  const deps = { ...rest, documents: createOpenDocuments(documents) }
  return [...pageTools(deps), ...elementTools(deps)]
}
