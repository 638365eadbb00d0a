import { FinishReason } from '@jarvis/contracts/chat.ts'
import { tokensOf } from '#lib/money.ts'
import { refusal } from '#lib/refusal.ts'
import type { CallStep } from '#lib/run-step.ts'
import type { ModelAnswer, ModelMessage, ModelTool } from '#ports/models/index.ts'
import type { AgentDeps, Thread } from './answering.ts'
import { callTool } from './call-tool.ts'
import { offeredTools } from './model-tools.ts'
import { replay } from './replay.ts'

/** A task in a browser takes a call for each look and each click. */
const modelCallsMax = 24

export type Loop = Awaited<ReturnType<typeof openLoop>>

/** LangGraph runs the loop and its two kinds of work; imported when first needed, for it is slow to load and the operator's commands do not need it. */
export async function openLoop(deps: AgentDeps) {
  const { entrypoint, task } = await import('@langchain/langgraph')
  const askModel = task('model', ask)
  const makeCall = task('tool', (thread: Thread, call: CallStep, taint: string | null) => callTool(deps, thread, call, taint))

  const answer = entrypoint('answer', async (thread: Thread): Promise<void> => {
    const { messages: resumed, modelCalls } = await replay(deps, thread)
    const messages: ModelMessage[] = [{ role: 'system', text: thread.system }, ...thread.messages, ...resumed]
    const offered = offeredTools(thread)
    for (let count = modelCalls + 1; thread.interrupts.length === 0; count++) {
      // What its other calls bring meanwhile cannot have led to a call.
      const taint = thread.provenance.taint()
      // The last call is offered no tools, so that it has to answer.
      const { text, calls, attached } = await askModel(thread, [...messages], count < modelCallsMax ? offered : [])
      if (calls.length === 0) return
      const results = await Promise.all(calls.map((call) => makeCall(thread, call, taint)))
      // One that waits for a person has none: the model is not asked again.
      messages.push({ role: 'assistant', text, calls, attached }, ...results.filter((result) => result !== null))
    }
  })

  /** Goes on from the last finished step to the answer or to a pause. It ends when its work has: a stop reaches that by the answer's own signal. */
  return async (thread: Thread): Promise<void> => await answer.invoke(thread)
}

async function ask(thread: Thread, messages: ModelMessage[], tools: readonly ModelTool[]): Promise<ModelAnswer> {
  const { queue, models, economy, answering, signal, usage } = thread
  const { model, answer, used } = await thread.complete({
    messages,
    tools,
    effort: thread.effort,
    sink: queue.sink,
    models,
    economy,
    answering,
    signal,
    onRoute: (model, reason, estimatedCostMicroUsd) => queue.push({ type: 'CUSTOM', name: 'route', value: { model, reason, estimatedCostMicroUsd } }),
    onUsed: usage.add,
    check: (answer) => requireProgress(answer, tools.length),
  })
  const { text, calls, reasoning, attached } = answer
  for (const { id } of calls) queue.endToolCall(id)
  queue.finished(finishReasonOf(answer))
  if (calls.length > 0) {
    await thread.record({ kind: 'model', model, text, calls, ...(reasoning && { reasoning }), ...(attached && { attached }), ...tokensOf(used) })
  }
  return answer
}

/** Null where it ended to call tools, or said nothing that we know. */
const finishReasonOf = ({ finishReason }: ModelAnswer) => FinishReason.safeParse(finishReason).data ?? null

/** A model that asks for tools it was not offered would leave a person without an answer. */
function requireProgress({ calls }: ModelAnswer, toolsOffered: number): void {
  if (calls.length > 0 && toolsOffered === 0) {
    throw refusal('upstream_rejected.rounds', { callsMax: modelCallsMax })
  }
}
