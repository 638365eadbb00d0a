import { say } from '#words/say.ts'
import type { English } from '#words/language.ts'

const names: Record<string, English> = {
  web_search: 'Web search',
  search_files: 'Files',
  query_data: 'Data',
  image_generate: 'Make pictures',
  calculator: 'Calculator',
  clock: 'Clock',
  system_command: 'System commands, each confirmed',
}

const inWords = (name: string) => name.replaceAll(/[_-]+/g, ' ').replace(/^./, (first) => first.toUpperCase())

/** A plan's tools in words: those of the browser are one, and so are those of one server. */
export const toolGroups = (tools: readonly string[]): string[] => [
  ...new Set(
    tools.map((tool) => (names[tool] && say(names[tool])) || (tool.startsWith('browser_') ? say('Browser') : inWords(tool.split('__')[0]!))),
  ),
]
