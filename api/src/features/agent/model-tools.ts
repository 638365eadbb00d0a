import { tool as langchainTool } from '@langchain/core/tools'
import { convertToOpenAITool } from '@langchain/core/utils/function_calling'
import type { ModelTool } from '#ports/models/index.ts'
import type { Tool } from './tool.ts'

// A tool of an MCP server whose description changes is another object of the same name.
const known = new WeakMap<Tool, ModelTool>()

/** The tools as a model is offered them. Their calls are made by us. */
export const modelToolsOf = (tools: readonly Tool[]): ModelTool[] =>
  tools.map((tool) => {
    const modelTool = known.get(tool) ?? toModelTool(tool)
    known.set(tool, modelTool)
    return modelTool
  })

function toModelTool({ name, description, args }: Tool): ModelTool {
  const { parameters } = convertToOpenAITool(langchainTool(async () => '', { name, description, schema: args })).function
  return { name, description, parameters: parameters ?? { type: 'object', properties: {} } }
}
