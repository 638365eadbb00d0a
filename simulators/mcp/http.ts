import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { randomUUID } from 'node:crypto'
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js'
import { createMcpProtocol, type SimulatedMcp, simulatedTools } from './server.ts'

/** An MCP server over streamable HTTP, with sessions: a restart forgets them, as real ones do. */
export async function startMcpSimulator({ port = 0, tools = simulatedTools() } = {}) {
  const state: SimulatedMcp & { headers: IncomingMessage['headers'][] } = { tools, calls: [], cancelled: 0, headers: [] }
  const sessions = new Map<string, StreamableHTTPServerTransport>()
  const server = createServer((request, response) => {
    state.headers.push(request.headers)
    void answer(request, response)
  }).listen(port, '127.0.0.1')
  await once(server, 'listening')

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const transport = await transportFor(request)
    if (transport) await transport.handleRequest(request, response)
    else response.writeHead(404).end()
  }

  async function transportFor(request: IncomingMessage): Promise<StreamableHTTPServerTransport | undefined> {
    const id = request.headers['mcp-session-id']
    if (id !== undefined) return sessions.get(String(id))
    const transport = new StreamableHTTPServerTransport({
      sessionIdGenerator: randomUUID,
      onsessioninitialized: (id) => void sessions.set(id, transport),
    })
    await createMcpProtocol(state).connect(transport)
    return transport
  }

  const host = `127.0.0.1:${(server.address() as { port: number }).port}`
  return {
    state,
    host,
    url: `http://${host}/mcp`,
    /** As a restart does. */
    forget: () => sessions.clear(),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
