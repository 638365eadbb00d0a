import type { Browser, BrowserAction, PageElement, PageView } from '#ports/browser/index.ts'
import { everyRole, type Tool, type ToolContext, type ToolOutput } from '#features/agent/tool.ts'

/** Stores a JPEG for its owner, and tells where it is served. */
export type KeepScreenshot = (picture: { userId: string; conversationId: string; jpeg: Uint8Array }) => Promise<string>

export type BrowserDeps = { browser: Browser; keepScreenshot: KeepScreenshot }

/** What all browser tools have in common. The time covers a wait for a place, the page's loading and the reading of it. */
export const browserTool = {
  risk: 'read',
  roles: everyRole,
  plans: ['pro', 'enterprise'],
  timeoutSeconds: 45,
  outputCharactersMax: 14_000,
  untrusted: true,
} as const satisfies Partial<Tool>

/** Does it, shows the person what the page looks like now, and tells the model what it says. */
export async function act({ browser, keepScreenshot }: BrowserDeps, action: BrowserAction, context: ToolContext): Promise<ToolOutput> {
  const view = await browser.act(context.taskId, action, context.signal)
  if (view.screenshot) {
    const { userId } = context.caller
    context.show({ url: await keepScreenshot({ userId, conversationId: context.conversationId, jpeg: view.screenshot }) })
  }
  const isSource = /^https?:/.test(view.url)
  return { content: describe(view), ...(isSource && { sources: [{ title: view.title || view.url, url: view.url }] }) }
}

function describe({ url, title, text, offset, textLength, elements, notes }: PageView): string {
  const end = offset + text.length
  const rest = end < textLength ? ` To go on, read from ${end}.` : ''
  return [
    `Page: ${title || '(no title)'}\n${url}`,
    ...notes.map((note) => `Note: ${note}`),
    text === '' ? 'The page has no text here.' : `Text, characters ${offset} to ${end} of ${textLength}.${rest}\n\n${text}`,
    ...(elements.length > 0 ? [`Elements:\n${elements.map(line).join('\n')}`] : []),
  ].join('\n\n')
}

function line({ ref, kind, label, value, options }: PageElement): string {
  const filled = value === '' ? '' : ` = "${value}"`
  const choices = options.length > 0 ? `: ${options.join(' | ')}` : ''
  return `[${ref}] ${kind} "${label}"${filled}${choices}`
}
