import { tool as langchainTool } from '@langchain/core/tools'
import { convertToOpenAITool } from '@langchain/core/utils/function_calling'
import type { ModelTool } from '#ports/models/index.ts'
import { toolTokensMax } from '#ports/models/prompt-bound.ts'
import type { Thread } from './answering.ts'
import { fitTools, toolsMax } from './fit-tools.ts'
import type { Tool } from './tool.ts'

// A tool of an MCP server whose description changes is another object of the same name.
const known = new WeakMap<Tool, ModelTool>()

type Offering = Pick<Thread, 'tools' | 'messages' | 'steps' | 'toolTokensMax'>

/** The tools that a model is offered in this answer: those that fit, the same ones in each attempt. Their calls are made by us. */
export function offeredTools({ tools, messages, steps, toolTokensMax }: Offering): ModelTool[] {
  const calls = [...messages, ...steps].flatMap((item) => ('calls' in item ? item.calls : []))
  const own = tools.filter(({ server }) => server === undefined)
  return fitTools({
    tools: modelToolsOf(tools),
    first: new Set([...own, ...calls].map(({ name }) => name)),
    // The newest first, should there be more than is read.
    words: messages
      .flatMap((message) => (message.role === 'user' ? [message.text] : []))
      .toReversed()
      .join('\n'),
    tokensMax: toolTokensMax,
  })
}

/** What these tools take of a prompt, about; many do not fit all. */
export const tokensOfTools = (tools: readonly Tool[]): number =>
  modelToolsOf(tools.slice(0, toolsMax)).reduce((sum, tool) => sum + Math.ceil(toolTokensMax(tool) / boundShare), 0)

/** A bound counts a token for two letters; about four make one. */
const boundShare = 2

const modelToolsOf = (tools: readonly Tool[]): ModelTool[] =>
  tools.map((tool) => {
    const modelTool = known.get(tool) ?? toModelTool(tool)
    known.set(tool, modelTool)
    return modelTool
  })

function toModelTool({ name, description, args }: Tool): ModelTool {
  const { parameters } = convertToOpenAITool(langchainTool(async () => '', { name, description, schema: args })).function
  return { name, description, parameters: parameters ?? { type: 'object', properties: {} } }
}
