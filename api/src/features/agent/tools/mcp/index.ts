import type { Tool } from '#features/agent/tool.ts'
import type { Log } from '#lib/log.ts'
import type { Database } from '#ports/database/index.ts'
import type { Egress } from '#ports/egress/index.ts'
import { connectMcp, type McpListing, type McpServer, type McpTool } from '#ports/mcp/index.ts'
import type { Signals } from '#ports/signals/index.ts'
import { approvedOf, mcpToolApproved } from './approved.ts'
import { toolNameOf, toTool } from './mcp-tool.ts'

export { createMcpApprovals } from './approved.ts'

export type McpToolsDeps = Pick<Database, 'db'> & {
  servers: McpServer[]
  egress: Egress
  signals: Signals
  /** Takes out of a text what is not to be shown to a model. */
  clean(text: string): string
  /** All the tools that are offered, whenever they change. */
  onChange(tools: Tool[]): void
  log: Log
}

/** The tools of the operator's MCP servers. Resolves when each server was tried once; one that is away is tried again, and does not hold up the start. */
export async function openMcpTools({ db, servers, egress, signals, clean, onChange, log }: McpToolsDeps): Promise<AsyncDisposable> {
  const offered = new Map<string, Tool[]>()
  // The same tools stay the same objects: an agent is compiled for each new set.
  const offeredAs = new Map<string, string>()
  const told = new Map<string, McpListing>()
  const connections = new Map(
    servers.map((server) => [
      server.name,
      connectMcp(server, {
        egress,
        log,
        onTools: ({ tools, leftOut }) => (told.set(server.name, { tools: uniqueOf(server, tools, log), leftOut }), offer(server)),
      }),
    ]),
  )

  async function offer(server: McpServer): Promise<void> {
    const listing = told.get(server.name)
    if (!listing) return
    const { approved, waiting } = await approvedOf({ db }, server.name, listing)
    // Another list may have come meanwhile; its own turn offers it.
    if (listing !== told.get(server.name)) return
    if (waiting.length > 0) log.warn({ server: server.name, tools: waiting }, 'MCP tools wait for approval: see "jarvis mcp list"')
    const as = JSON.stringify(approved)
    if (offeredAs.get(server.name) === as) return
    offeredAs.set(server.name, as)
    const call = connections.get(server.name)!.call
    offered.set(
      server.name,
      approved.flatMap((tool) => toTool(server, tool, call, clean) ?? []),
    )
    onChange([...offered.values()].flat())
  }

  const unsubscribe = signals.subscribe(mcpToolApproved, (name) => {
    const server = servers.find((server) => server.name === name)
    if (server) offer(server).catch((error: unknown) => log.error({ err: error, server: name }, 'MCP tools were not offered'))
  })
  await Promise.all([...connections.values()].map(({ tried }) => tried))
  return {
    async [Symbol.asyncDispose]() {
      unsubscribe()
      await Promise.all([...connections.values()].map((connection) => connection[Symbol.asyncDispose]()))
    },
  }
}

/** A server that lists two tools under one name is asked for one of them: the first. */
function uniqueOf({ name: server }: McpServer, tools: McpTool[], log: Log): McpTool[] {
  const byName = new Map(tools.toReversed().map((tool) => [toolNameOf(server, tool.name), tool]))
  if (byName.size < tools.length)
    log.warn({ server, left: tools.length - byName.size }, 'an MCP server lists tools of the same name: the first is offered')
  return [...byName.values()].toReversed()
}
