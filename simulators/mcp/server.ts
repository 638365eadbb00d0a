import { Server } from '@modelcontextprotocol/sdk/server/index.js'
import { CallToolRequestSchema, ListToolsRequestSchema } from '@modelcontextprotocol/sdk/types.js'

export type SimulatedTool = { name: string; description: string; inputSchema: { type: 'object'; [key: string]: unknown } }
export type SimulatedMcp = { tools: SimulatedTool[]; calls: { name: string; args: Record<string, unknown> }[]; cancelled: number }

const text = { type: 'object' as const, properties: { text: { type: 'string', description: 'Any text' } }, required: ['text'] }
const nothing = { type: 'object' as const, properties: {} }

export const simulatedTools = (): SimulatedTool[] => [
  { name: 'echo', description: 'Says what it was told', inputSchema: text },
  { name: 'fail', description: 'Fails', inputSchema: nothing },
  { name: 'never', description: 'Answers when it is cancelled', inputSchema: nothing },
  { name: 'flood', description: 'Answers with more than anybody can read', inputSchema: nothing },
  { name: 'crash', description: 'Ends the server', inputSchema: nothing },
]

/** One connection's protocol, as the reference SDK speaks it; `state` is shared by all connections of a server. */
export function createMcpProtocol(state: SimulatedMcp): Server {
  const server = new Server({ name: 'simulator', version: '1' }, { capabilities: { tools: { listChanged: true } } })
  server.setRequestHandler(ListToolsRequestSchema, () => ({ tools: state.tools }))
  server.setRequestHandler(CallToolRequestSchema, async ({ params: { name, arguments: args = {} } }, { signal }) => {
    state.calls.push({ name, args })
    const say = (text: string, isError = false) => ({ content: [{ type: 'text' as const, text }], isError })
    switch (name) {
      case 'fail':
        return say('It did not work out.', true)
      case 'never':
        await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }))
        state.cancelled++
        return say('cancelled')
      case 'flood':
        return say('x'.repeat(8 * 1024 * 1024))
      case 'crash':
        process.exit(1)
      default:
        return say(`You said: ${typeof args.text === 'string' ? args.text : ''}`)
    }
  })
  return server
}
