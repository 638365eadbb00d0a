export { connectMcp } from './connection.ts'
export { type McpServer, readMcpServers } from './servers.ts'

/** A tool as its server describes it: every word of it is the server's. */
export type McpTool = { name: string; description: string; title?: string | undefined; inputSchema: Record<string, unknown> }
/** What a server lists, and what of it cannot be offered, with the reason. One that has no name is called by its place in the list. */
export type McpListing = { tools: McpTool[]; leftOut: { name: string; reason: string }[] }
export type McpOutput = { text: string; failed: boolean }

/** One server, kept connected: started or dialled again with growing waits whenever it is gone. */
export interface McpConnection extends AsyncDisposable {
  /** Resolves when the first attempt is over, well or not. */
  tried: Promise<void>
  /** An abort cancels the call at the server. @throws `unavailable` while it is gone, `upstream_timeout`, `upstream_failed`; the signal's reason */
  call(tool: string, args: Record<string, unknown>, signal: AbortSignal): Promise<McpOutput>
}
