import type { Browser, BrowserAction, PageElement, PageView } from '#ports/browser/index.ts'
import { AppError } from '#lib/app-error.ts'
import type { OpenDocuments } from './open-documents.ts'
import { everyRole, type Tool, type ToolContext, type ToolOutput } from '#features/agent/tool.ts'

/** Stores a JPEG for its owner, and tells where it is served. */
export type KeepScreenshot = (picture: { userId: string; conversationId: string; jpeg: Uint8Array }) => Promise<string>

export type BrowserDeps = { browser: Browser; documents: OpenDocuments; keepScreenshot: KeepScreenshot }

/** What all browser tools have in common. The time covers a wait for a place, the page's loading and the reading of it. */
export const browserTool = {
  risk: 'read',
  roles: everyRole,
  plans: ['pro', 'enterprise'],
  timeoutSeconds: 45,
  outputCharactersMax: 14_000,
  untrusted: true,
} as const satisfies Partial<Tool>

/** Does it, shows the person what the page looks like now, and tells the model what it says. A file that came instead of a page is read as text. */
export async function act({ browser, documents, keepScreenshot }: BrowserDeps, wanted: BrowserAction, context: ToolContext): Promise<ToolOutput> {
  const { taskId, signal } = context
  const { userId } = context.caller
  const open = documents.of(taskId)
  // Behind a file is the page that it was opened from: the browser never left it.
  const action: BrowserAction = open && wanted.kind === 'back' ? { kind: 'read', offset: 0 } : wanted
  if (open && (wanted.kind === 'read' || wanted.kind === 'find')) return described(documents.view(open, wanted))
  const view = await browser.act({ taskId, userId }, action, signal)
  documents.close(taskId)
  if (view.file) {
    try {
      const document = await documents.open(taskId, view.file.url, signal)
      return described(documents.view(document, { kind: 'read', offset: 0 }))
    } catch (error) {
      if (!(error instanceof AppError)) throw error
      view.notes.push(`The file “${view.file.name}” is not read: ${error.message}`)
    }
  }
  if (view.screenshot) {
    context.show({ url: await keepScreenshot({ userId, conversationId: context.conversationId, jpeg: view.screenshot }) })
  }
  return described(view)
}

function described(view: Omit<PageView, 'screenshot' | 'file'>): ToolOutput {
  const isSource = /^https?:/.test(view.url)
  return { content: describe(view), ...(isSource && { sources: [{ title: view.title || view.url, url: view.url }] }) }
}

function describe({ url, title, text, offset, textLength, elements, notes }: Omit<PageView, 'screenshot' | 'file'>): string {
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
