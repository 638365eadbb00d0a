import type { Browser } from '#ports/browser/index.ts'
import type { Tool } from '#features/agent/tool.ts'
import { elementTools } from './element-tools.ts'
import { pageTools } from './page-tools.ts'
import type { KeepScreenshot } from './page-view.ts'

export { screenshotUrl } from './screenshot-url.ts'
export { createScreenshotStore } from './screenshots.ts'

/** The tools that look at web pages and use them: one page for each task, closed with it. */
export function browserTools(deps: { browser: Browser; keepScreenshot: KeepScreenshot }): Tool[] {
  return [...pageTools(deps), ...elementTools(deps)]
}
