import { AppError } from '#lib/app-error.ts'
import type { Log } from '#lib/log.ts'
import { mayUse, type Tool, type ToolContext, type ToolOutput } from './tool.ts'

export type ToolCallRequest = { id: string; name: string; args: unknown }
export type ToolResult = ToolOutput & { failed: boolean }

/**
 * Runs one tool call within its bounds. A failure is a result that the model can read; only a stopped run throws.
 * Whether this person may use the tool is asked at every call: a model may name a tool that it was never offered.
 */
export async function runTool(tools: readonly Tool[], call: ToolCallRequest, context: ToolContext, log: Log): Promise<ToolResult> {
  const tool = tools.find(({ name }) => name === call.name)
  if (!tool || !mayUse(tool, context.caller)) return failed(`There is no tool "${call.name}" here.`)
  const args = tool.args.safeParse(call.args)
  if (!args.success) {
    const faults = args.error.issues.map(({ path, message }) => `${path.join('.') || 'arguments'}: ${message}`)
    return failed(`The arguments of ${tool.name} are not valid. ${faults.join('; ')}`)
  }
  const timeout = AbortSignal.timeout(tool.timeoutSeconds * 1000)
  try {
    const signal = AbortSignal.any([context.signal, timeout])
    const output = await Promise.race([tool.execute(args.data, { ...context, signal }), aborted(signal)])
    return { ...output, content: cut(output.content, tool.outputCharactersMax), failed: false }
  } catch (error) {
    context.signal.throwIfAborted()
    if (timeout.aborted) return failed(`${tool.name} took longer than ${tool.timeoutSeconds} seconds and was stopped.`)
    if (error instanceof AppError) return failed(error.message)
    log.error({ err: error, tool: tool.name }, 'tool failed')
    return failed(`${tool.name} failed.`)
  }
}

const failed = (content: string): ToolResult => ({ content, failed: true })

const cut = (text: string, charactersMax: number) =>
  text.length > charactersMax ? `${text.slice(0, charactersMax)}\n[cut: the output was longer]` : text

/** A tool that ignores its signal still cannot hold up the run. */
function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true })
  })
}
