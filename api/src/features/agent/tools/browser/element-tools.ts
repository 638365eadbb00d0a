import { z } from 'zod'
import { AppError } from '#lib/app-error.ts'
import { defineTool, type Leaving, type Tool, type ToolContext } from '#features/agent/tool.ts'
import type { Target } from '#ports/browser/index.ts'
import { act, type BrowserDeps, browserTool } from './page-view.ts'

const tasksMax = 1000
const ref = z.int().min(1).describe('the number of an element, as the page was last read')

/** The tools that use a page: whatever presses a button, sends a form or fills in a password asks first, and is done only as it was shown. */
export function elementTools(deps: BrowserDeps): Tool[] {
  const { look, seen, forget } = createLooks(deps)
  return [
    defineTool({
      ...browserTool,
      name: 'browser_click',
      title: 'Click',
      description: 'Clicks an element of the open page and returns the page as it is then.',
      args: z.strictObject({ ref }),
      async leaves(args, context) {
        const target = await look(args, context)
        if (target?.kind === 'submit') return sentForm(target)
        return target?.kind === 'link' ? { to: hostOf(target.url), content: target.url!, page: target.pageUrl } : null
      },
      async asks(args, context) {
        const target = await look(args, context)
        if (target?.kind === 'submit') return `It sends a form to ${hostOf(target.url)}: “${target.label}”.`
        return target?.kind === 'button' ? `It presses “${target.label}” on ${hostOf(target.pageUrl)}, and cannot know what that does.` : null
      },
      execute: async (args, context) => act(deps, { kind: 'click', ...args, expected: await seen(args, context) }, context),
      release: async (taskId) => forget(taskId),
    }),
    defineTool({
      ...browserTool,
      name: 'browser_type',
      title: 'Type',
      description: 'Replaces the text of a field of the open page. With submit, also sends the form that it is in.',
      args: z.strictObject({ ref, text: z.string().max(5000), submit: z.boolean().default(false) }),
      async leaves(args, context) {
        const target = await look(args, context)
        if (!target) return null
        if (!args.submit || target.url === null) return { to: hostOf(target.pageUrl), content: args.text }
        const { to, content } = sentForm(target)
        return { to, content: `${content}\n${target.label}: ${args.text}` }
      },
      async asks(args, context) {
        const target = await look(args, context)
        if (target?.kind === 'password') return `It types into the password field “${target.label}” on ${hostOf(target.pageUrl)}.`
        return target && args.submit ? `It sends a form to ${hostOf(target.url ?? target.pageUrl)}.` : null
      },
      execute: async (args, context) => {
        const expected = await seen(args, context)
        if (expected.kind !== 'field' && expected.kind !== 'password') throw new AppError('invalid_request', `[${args.ref}] takes no text.`)
        return await act(deps, { kind: 'type', ...args, expected }, context)
      },
    }),
    defineTool({
      ...browserTool,
      name: 'browser_select',
      title: 'Select',
      description: 'Chooses an option of a choice on the open page.',
      args: z.strictObject({ ref, value: z.string().min(1).max(200).describe('the option as it is listed') }),
      async leaves(args, context) {
        const target = await look(args, context)
        return target && { to: hostOf(target.pageUrl), content: args.value }
      },
      execute: async (args, context) => act(deps, { kind: 'select', ...args, expected: await seen(args, context) }, context),
    }),
  ]
}

/**
 * What each call's element was when the call was judged. A page may change between the question to a person and their answer; what it was
 * then has to be what it is when it is used.
 */
function createLooks({ browser }: BrowserDeps) {
  const tasks = new Map<string, Map<string, Target | null>>()
  const keyOf = (args: { ref: number }, { toolCallId }: ToolContext) => `${toolCallId} ${JSON.stringify(args)}`

  async function look(args: { ref: number }, context: ToolContext): Promise<Target | null> {
    const looks = tasks.get(context.taskId) ?? new Map<string, Target | null>()
    tasks.set(context.taskId, looks)
    // A task that waits for a person and is never heard of again.
    if (tasks.size > tasksMax) tasks.delete(tasks.keys().next().value!)
    const key = keyOf(args, context)
    const before = looks.get(key)
    if (before !== undefined) return before
    const target = await browser.target(context.taskId, args.ref, context.signal).catch((error: unknown) => {
      // The call itself then says what is wrong.
      if (error instanceof AppError) return null
      throw error
    })
    looks.set(key, target)
    return target
  }

  return {
    look,
    async seen(args: { ref: number }, context: ToolContext): Promise<Target> {
      const target = await look(args, context)
      tasks.get(context.taskId)?.delete(keyOf(args, context))
      if (!target) throw new AppError('not_found', `There is no [${args.ref}] on an open page. Read the page again, or open one.`)
      return target
    },
    forget: (taskId: string) => void tasks.delete(taskId),
  }
}

const hostOf = (url: string | null) => URL.parse(url ?? '')?.host ?? ''

const sentForm = ({ method, url, fields }: Target): Leaving => ({
  to: hostOf(url),
  content: [`${method ?? 'GET'} ${url ?? ''}`, ...fields.map(([name, value]) => `${name}: ${value}`)].join('\n'),
})
