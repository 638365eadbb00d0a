import { z } from 'zod'
import type { Move } from '#features/agent/observable.ts'
import { defineTool, type Leaving, type Tool } from '#features/agent/tool.ts'
import { act, type BrowserDeps, browserTool } from './page-view.ts'

/** The tools that look: they open pages and read them, and change nothing on them. */
export function pageTools(deps: BrowserDeps): Tool[] {
  return [
    defineTool({
      ...browserTool,
      name: 'browser_open',
      title: 'Open page',
      description:
        'Opens a web page and returns its text and its elements, numbered as [12]. Use it to read a page that the person names or that a search found.',
      args: z.strictObject({ url: z.string().min(1).max(2000).describe('http or https') }),
      leaves: ({ url }) => ({ to: URL.parse(url)?.host ?? '', content: url, choice: { kind: 'address' } }),
      execute: ({ url }, context) => act(deps, { kind: 'open', url }, context),
      rest: (taskId) => deps.browser.rest(taskId),
      async release(taskId) {
        deps.documents.close(taskId)
        await deps.browser.release(taskId)
      },
    }),
    defineTool({
      ...browserTool,
      name: 'browser_read',
      title: 'Read page',
      description: 'Returns the text of the open page from a position on, for the rest of a long page or after it has changed.',
      leaves: 'nothing',
      args: z.strictObject({ offset: z.int().min(0).max(10_000_000).default(0) }),
      execute: ({ offset }, context) => act(deps, { kind: 'read', offset }, context),
    }),
    defineTool({
      ...browserTool,
      name: 'browser_find',
      title: 'Find on page',
      description: 'Returns the passages and the elements of the open page that hold a text.',
      leaves: 'nothing',
      args: z.strictObject({ text: z.string().min(1).max(200) }),
      execute: ({ text }, context) => act(deps, { kind: 'find', text }, context),
    }),
    defineTool({
      ...browserTool,
      name: 'browser_back',
      title: 'Go back',
      description: 'Goes back to the page before.',
      leaves: () => moved('back'),
      args: z.strictObject({}),
      execute: (_args, context) => act(deps, { kind: 'back' }, context),
    }),
    defineTool({
      ...browserTool,
      name: 'browser_scroll',
      title: 'Scroll',
      description: 'Scrolls the open page on by a screen, up to its beginning, or to its end, which loads what comes only then. Returns what is new.',
      leaves: ({ to }) => moved(to),
      args: z.strictObject({ to: z.enum(['on', 'end', 'up']) }),
      execute: ({ to }, context) => act(deps, { kind: 'scroll', to }, context),
    }),
    defineTool({
      ...browserTool,
      name: 'browser_wait',
      title: 'Wait',
      description: 'Waits until the open page says a text, or something else than now, for at most ten seconds. For what is still loading.',
      leaves: () => moved('wait'),
      args: z.strictObject({ text: z.string().min(1).max(200).optional() }),
      execute: ({ text = null }, context) => act(deps, { kind: 'wait', text }, context),
    }),
    defineTool({
      ...browserTool,
      name: 'browser_screenshot',
      title: 'Show page',
      description: 'Shows the person a picture of the open page as it is now.',
      leaves: 'nothing',
      args: z.strictObject({}),
      execute: (_args, context) => act(deps, { kind: 'screenshot' }, context),
    }),
  ]
}

/** What a page sees of a move, though nothing is sent. */
const moved = (move: Move): Leaving => ({ to: 'the open page', content: move, choice: { kind: 'move', move } })
