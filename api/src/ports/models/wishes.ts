import type { Dialect, ModelRequest, Wishes } from './index.ts'
import { ProviderError } from './provider-error.ts'

// What a client of the API wishes of an answer, in the words of each protocol. Temperature is not said to a model that takes none.

type Asked = Pick<ModelRequest, 'wishes' | 'tools'>

/** As OpenAI's chat completions have it. */
export function openAiWishes({ wishes = {}, tools }: Asked, { temperature: takesTemperature, tools: takesTools }: Dialect): object {
  const { temperature, topP, stop, seed, presencePenalty, frequencyPenalty, toolChoice, parallelCalls, format } = wishes
  return {
    ...(takesTemperature && defined({ temperature, top_p: topP, presence_penalty: presencePenalty, frequency_penalty: frequencyPenalty })),
    ...defined({ seed }),
    ...(stop?.length && { stop }),
    ...(tools.length > 0 &&
      takesTools &&
      defined({
        tool_choice: typeof toolChoice === 'object' ? { type: 'function', function: toolChoice } : toolChoice,
        parallel_tool_calls: parallelCalls,
      })),
    ...(format && { response_format: format.type === 'json_object' ? format : { type: format.type, json_schema: schemaOf(format) } }),
  }
}

const schemaOf = ({ name, description, schema, strict }: Extract<Wishes['format'], { type: 'json_schema' }>) => ({
  name,
  ...defined({ description, strict }),
  schema,
})

/** As Anthropic's messages have it; while it thinks, it takes neither a temperature nor a tool that it must call. */
export function anthropicWishes({ wishes = {}, tools }: Asked, dialect: Dialect, isThinking: boolean): object {
  const { temperature, topP, stop, toolChoice, parallelCalls, format } = wishes
  if (format?.type === 'json_object') throw new ProviderError('invalid_request.json_object', {}, { isFinal: true })
  const choice = toolChoice === undefined && parallelCalls !== undefined ? 'auto' : toolChoice
  const types = { auto: 'auto', none: 'none', required: isThinking ? 'auto' : 'any' } as const
  const type = typeof choice === 'object' ? (isThinking ? { type: 'auto' } : { type: 'tool', ...choice }) : choice && { type: types[choice] }
  return {
    ...(!isThinking && dialect.temperature && (temperature === undefined ? defined({ top_p: topP }) : { temperature: Math.min(temperature, 1) })),
    ...(stop?.length && { stop_sequences: stop }),
    ...(type &&
      tools.length > 0 &&
      dialect.tools && { tool_choice: { ...type, ...(parallelCalls === false && choice !== 'none' && { disable_parallel_tool_use: true }) } }),
  }
}

/** What goes into `output_config`. */
export const anthropicFormat = ({ wishes }: Asked): object =>
  wishes?.format?.type === 'json_schema' ? { format: { type: 'json_schema', schema: wishes.format.schema } } : {}

/** As Gemini has it: what stands beside its contents, and within `generationConfig`. */
export function geminiWishes({ wishes = {}, tools }: Asked, { temperature: takesTemperature }: Dialect): { beside: object; config: object } {
  const { temperature, topP, stop, seed, presencePenalty, frequencyPenalty, toolChoice, format } = wishes
  const modes = { auto: 'AUTO', none: 'NONE', required: 'ANY' } as const
  const calling =
    typeof toolChoice === 'object' ? { mode: 'ANY', allowedFunctionNames: [toolChoice.name] } : toolChoice && { mode: modes[toolChoice] }
  return {
    beside: calling && tools.length > 0 ? { toolConfig: { functionCallingConfig: calling } } : {},
    config: {
      ...(takesTemperature && defined({ temperature, topP, presencePenalty, frequencyPenalty })),
      ...defined({ seed }),
      ...(stop?.length && { stopSequences: stop }),
      ...(format && { responseMimeType: 'application/json', ...(format.type === 'json_schema' && { responseJsonSchema: format.schema }) }),
    },
  }
}

const defined = (fields: object) => Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
