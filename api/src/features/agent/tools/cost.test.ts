import { describe, expect, test } from 'vitest'
import type { McpServer, McpTool } from '#ports/mcp/index.ts'
import { growth, growthMax, hostileTexts } from '#test/processor-time.ts'
import { toTool } from './mcp/mcp-tool.ts'
import { readGrammar } from './system/grammar.ts'
import { parseCommand } from './system/parse.ts'

const server: McpServer = { name: 'files', transport: 'http', url: 'http://mcp.example/', headers: {}, tools: {} }
const clean = (text: string) => text.replaceAll('\u200b', '')
const grammar = readGrammar({ isInstalled: () => true, secretFolders: [] })

function described(text: string) {
  const inputSchema = { type: 'object', properties: { a: { type: 'string', description: text.slice(0, 10_000) } } }
  const tool: McpTool = { name: 'read', title: text, description: text, inputSchema }
  return toTool(server, tool, () => expect.fail('nothing is called'), clean)
}

/** A refusal takes its time too. */
function parsed(argv: string[]) {
  try {
    return parseCommand(grammar, argv)
  } catch {
    return null
  }
}

describe.each<[name: string, work: (text: string) => unknown]>([
  ['the words of an MCP server', described],
  ['a command of one argument', (text) => parsed(['grep', text, 'a.txt'])],
  ['a command of many', (text) => parsed(text.split(' '))],
  ['an expression', (text) => parsed(['jq', text, 'a.json'])],
])('the time for %s grows in proportion to the text', (_name, work) => {
  test.each(hostileTexts)('of %s', (_text, text) => {
    expect(growth(text, work)).toBeLessThan(growthMax)
  })
})
