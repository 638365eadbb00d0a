import { AppError } from '#lib/app-error.ts'
import type { Log } from '#lib/log.ts'
import { unlessAborted } from '#lib/within.ts'
import type { Tool, ToolContext, ToolOutput } from './tool.ts'

export type ToolCallRequest = { id: string; name: string; args: unknown }
/** `foreign`: the words may be from outside, those of a failure too. */
export type ToolResult = ToolOutput & { failed: boolean; foreign: boolean }
export type Admitted = { tool: Tool; args: Record<string, unknown> }

/** Runs one admitted call within its bounds. A failure is a result that the model can read; only a stopped run throws. */
export async function runTool({ tool, args }: Admitted, context: ToolContext, log: Log): Promise<ToolResult> {
  return await bounded(tool, context, log, async (signal) => {
    const output = await tool.execute(args, { ...context, signal })
    return { ...output, content: cut(output.content, tool.outputCharactersMax), failed: false, foreign: tool.untrusted }
  })
}

/** Lets a tool think, under its time limit; what it throws is a result too. */
export async function bounded<Result>(
  tool: Tool,
  context: ToolContext,
  log: Log,
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Result | ToolResult> {
  const timeout = AbortSignal.timeout(tool.timeoutSeconds * 1000)
  try {
    const signal = AbortSignal.any([context.signal, timeout])
    // A tool that ignores its signal still cannot hold up the run.
    return await unlessAborted(work(signal), signal)
  } catch (error) {
    context.signal.throwIfAborted()
    if (timeout.aborted) return refused(`${tool.name} took longer than ${tool.timeoutSeconds} seconds and was stopped.`)
    if (error instanceof AppError) return { ...refused(error.message), foreign: tool.untrusted }
    log.error({ err: error, tool: tool.name }, 'tool failed')
    return refused(`${tool.name} failed.`)
  }
}

/** In our own words. */
export const refused = (content: string): ToolResult => ({ content, failed: true, foreign: false })

const cut = (text: string, charactersMax: number) =>
  text.length > charactersMax ? `${text.slice(0, charactersMax)}\n[cut: the output was longer]` : text
