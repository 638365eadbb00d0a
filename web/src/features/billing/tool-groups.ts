const names: Record<string, string> = {
  web_search: 'Web search',
  calculator: 'Calculator',
  current_time: 'Clock',
  system_command: 'System commands, each confirmed',
}

const inWords = (name: string) => name.replaceAll(/[_-]+/g, ' ').replace(/^./, (first) => first.toUpperCase())

/** A plan's tools in words: those of the browser are one, and so are those of one server. */
export const toolGroups = (tools: readonly string[]): string[] => [
  ...new Set(tools.map((tool) => names[tool] ?? (tool.startsWith('browser_') ? 'Browser' : inWords(tool.split('__')[0]!)))),
]
