import { risks } from './policies.ts'
import { say, sayOfServer } from '#words/say.ts'

type Named = { name: string; title: string }
export type ToolGroup<T extends Named> = { name: string; tools: T[] }

const groupOf = ({ name, title }: Named): string => {
  if (name.startsWith('browser_')) return say('Browser')
  if (name.startsWith('memory_')) return say('Memory')
  const [server, tool] = name.split('__')
  return tool === undefined ? sayOfServer(title) : inWords(server!)
}

const inWords = (name: string) => name.replaceAll(/[_-]+/g, ' ').replace(/^./, (first) => first.toUpperCase())

/** Tools as a person thinks of them: those of the browser are one, and so are those of one MCP server. In the order of the first of each. */
export function groupTools<T extends Named>(tools: readonly T[]): ToolGroup<T>[] {
  const groups = new Map<string, T[]>()
  for (const tool of tools) groups.set(groupOf(tool), [...(groups.get(groupOf(tool)) ?? []), tool])
  return [...groups].map(([name, tools]) => ({ name, tools }))
}

/** These press and fill in what a page has: what comes of it, the page decides. */
const onPages = new Set(['browser_click', 'browser_type', 'browser_select'])

export const riskText = ({ name, risk }: { name: string; risk: keyof typeof risks }) =>
  onPages.has(name) ? say('Acts on web pages') : say(risks[risk])
