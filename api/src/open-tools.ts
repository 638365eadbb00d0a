import type { Tool } from '#features/agent/index.ts'
import {
  browserTools,
  calculator,
  clock,
  createScreenshotStore,
  imageGenerate,
  type ImageGenerateDeps,
  openMcpTools,
  queryData,
  readGrammar,
  screenshotUrl,
  searchFiles,
  systemCommand,
  webSearch,
} from '#features/agent/tools/index.ts'
import type { Files } from '#features/files/index.ts'
import type { Guard } from '#features/guard/index.ts'
import type { Log } from '#lib/log.ts'
import { createDocuments } from '#ports/documents/index.ts'
import type { McpServer } from '#ports/mcp/index.ts'
import type { Config } from './config.ts'
import type { Ports } from './open-ports.ts'
import { readOperatorFile } from './operator-file.ts'

type ToolDeps = {
  ports: Ports
  guard: Guard
  files: Pick<Files, 'find' | 'any' | 'tables' | 'requireRoom' | 'keepPicture'>
  pictures: Pick<ImageGenerateDeps, 'modelOf' | 'pictures'>
  log: Log
  furtherTools: Tool[]
  mcpServers: McpServer[]
}

/** Every tool that this installation offers. The list is alive: the tools of MCP servers come and go. */
export async function openTools(config: Config, { ports, guard, files, pictures, log, furtherTools, mcpServers: servers }: ToolDeps) {
  await using stack = new AsyncDisposableStack()
  const screenshots = createScreenshotStore(ports.database)
  const keepScreenshot = async (picture: Parameters<typeof screenshots.keep>[0]) => screenshotUrl(await screenshots.keep(picture))
  const documents = createDocuments(ports.egress, ports.isolation)
  const browsing = ports.browser ? browserTools({ browser: ports.browser, documents, keepScreenshot }) : []
  const fixedTools: Tool[] = [
    webSearch(ports.search),
    searchFiles(files.find, files.any),
    queryData(files.tables),
    calculator,
    clock,
    imageGenerate({ ...pictures, requireRoom: files.requireRoom, keep: files.keepPicture }),
    ...browsing,
    ...systemTools(config, ports),
    ...furtherTools,
  ]
  const tools = [...fixedTools]
  if (config.mcpServersFile) {
    const onChange = (theirs: Tool[]) => void tools.splice(fixedTools.length, Infinity, ...theirs)
    const clean = (text: string) => guard.inspect(text, 'tool_output').text
    stack.use(await openMcpTools({ ...ports, db: ports.database.db, servers, clean, onChange, log }))
  }
  const resources = stack.move()
  return { tools, screenshots, [Symbol.asyncDispose]: () => resources.disposeAsync() }
}

function systemTools({ systemTool, dataDir }: Config, { sandbox }: Pick<Ports, 'sandbox'>): Tool[] {
  if (systemTool.kind === 'off' || !sandbox) return []
  const read = (file: string | undefined) => readGrammar({ file, isInstalled: sandbox.has, secretFolders: [dataDir] })
  return [systemCommand(sandbox, readOperatorFile('SYSTEM_COMMANDS_FILE', systemTool.commandsFile, read))]
}
