import { z } from 'zod'
import { AppError } from '#lib/app-error.ts'
import { type Choice, defineTool, type Leaving, reasonOf, type Tool, type ToolContext } from '#features/agent/tool.ts'
import type { Look, Target } from '#ports/browser/index.ts'
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
        const seen = await look(args, context)
        return seen && clicked(seen)
      },
      async asks(args, context) {
        const target = (await look(args, context))?.target
        if (target?.kind === 'submit') return reasonOf('approval.form_named', { place: hostOf(target.url), label: target.label })
        return target?.kind === 'button' ? reasonOf('approval.press', { place: hostOf(target.pageUrl), label: target.label }) : null
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
        const seen = await look(args, context)
        if (!seen) return null
        const choice: Choice = { kind: 'element', among: seen.among, text: args.text }
        if (!args.submit || seen.target.url === null) return { to: hostOf(seen.target.pageUrl), content: args.text, choice }
        const { to, content } = sentForm(seen)
        return { to, content: `${content}\n${seen.target.label}: ${args.text}`, choice }
      },
      async asks(args, context) {
        const target = (await look(args, context))?.target
        if (target?.kind === 'password') return reasonOf('approval.password', { place: hostOf(target.pageUrl), label: target.label })
        return target && args.submit ? reasonOf('approval.form', { place: hostOf(target.url ?? target.pageUrl) }) : null
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
        const seen = await look(args, context)
        if (!seen) return null
        const choice: Choice = { kind: 'element', among: seen.among, options: seen.options, text: args.value }
        return { to: hostOf(seen.target.pageUrl), content: args.value, choice }
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
  const tasks = new Map<string, Map<string, Look | null>>()
  const keyOf = (args: { ref: number }, { toolCallId }: ToolContext) => `${toolCallId} ${JSON.stringify(args)}`

  async function look(args: { ref: number }, context: ToolContext): Promise<Look | null> {
    const looks = tasks.get(context.taskId) ?? new Map<string, Look | null>()
    tasks.set(context.taskId, looks)
    // A task that waits for a person and is never heard of again.
    if (tasks.size > tasksMax) tasks.delete(tasks.keys().next().value!)
    const key = keyOf(args, context)
    const before = looks.get(key)
    if (before !== undefined) return before
    const found = await browser.look(context.taskId, args.ref, context.signal).catch((error: unknown) => {
      // The call itself then says what is wrong.
      if (error instanceof AppError) return null
      throw error
    })
    looks.set(key, found)
    return found
  }

  return {
    look,
    async seen(args: { ref: number }, context: ToolContext): Promise<Target> {
      const found = await look(args, context)
      tasks.get(context.taskId)?.delete(keyOf(args, context))
      if (!found) throw new AppError('not_found', `There is no [${args.ref}] on an open page. Read the page again, or open one.`)
      return found.target
    },
    forget: (taskId: string) => void tasks.delete(taskId),
  }
}

const hostOf = (url: string | null) => URL.parse(url ?? '')?.host ?? ''

/** Each kind of element says what those outside see when it is used; what only its page sees is a choice all the same. */
function clicked(seen: Look): Leaving {
  const { target, among } = seen
  const choice: Choice = { kind: 'element', among }
  switch (target.kind) {
    case 'submit':
      return sentForm(seen)
    case 'link':
      return { to: hostOf(target.url), content: target.url!, choice, page: target.pageUrl }
    case 'button':
    case 'toggle':
    case 'choice':
    case 'field':
    case 'password':
      return { to: hostOf(target.pageUrl), content: `A press of “${target.label}” (${target.kind})`, choice }
  }
}

const sentForm = ({ target: { method, url, fields }, among }: Look): Leaving => {
  const content = [`${method ?? 'GET'} ${url ?? ''}`, ...fields.map(([name, value]) => `${name}: ${value}`)].join('\n')
  // The person's own in every part, or asked about.
  return { to: hostOf(url), content, choice: { kind: 'element', among, text: content } }
}
