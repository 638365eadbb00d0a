/** One finished piece of a run. `acting` is written before a tool changes something outside: a call that has it is never made again. */
export type RunStep =
  | {
      kind: 'model'
      model: string
      text: string
      calls: { id: string; name: string; args: Record<string, unknown> }[]
      inputTokens: number
      outputTokens: number
    }
  | { kind: 'acting'; toolCallId: string }
  | { kind: 'tool'; toolCallId: string; name: string; content: string; failed: boolean; sources: { title: string; url: string }[] }
