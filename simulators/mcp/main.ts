import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js'
import { createMcpProtocol, simulatedTools } from './server.ts'

// An MCP server over stdio: a client starts it as its child. What it was given of an environment is the description of one more tool.
const environment = { name: 'environment', description: Object.keys(process.env).toSorted().join(' '), inputSchema: { type: 'object' as const } }
await createMcpProtocol({ tools: [...simulatedTools(), environment], calls: [], cancelled: 0 }).connect(new StdioServerTransport())
