import type { Interrupt, ResumeEntry } from '@jarvis/contracts/approvals.ts'
import { fromAgui, type RunEvent } from '@jarvis/contracts/run.ts'
import { z } from 'zod'
import { defineTool, everyPlan, everyRole, type Tool } from '#features/agent/tool.ts'
import type { Behaviour, RecordedRequest } from '../../simulators/openai/scripted.ts'

/** A tool that acts: it writes what it did into `effects`. */
export const noteTool = (effects: string[], fields: Partial<Tool> = {}): Tool => ({
  ...defineTool({
    name: 'send_note',
    title: 'Send note',
    description: 'Sends a note',
    args: z.strictObject({ text: z.string().min(1).max(1000) }),
    risk: 'act',
    roles: everyRole,
    plans: everyPlan,
    timeoutSeconds: 5,
    outputCharactersMax: 1000,
    untrusted: false,
    leaves: 'nothing',
    execute: async ({ text }) => {
      effects.push(text)
      return { content: `sent: ${text}` }
    },
  }),
  ...fields,
})

type WireMessage = { role: string; content: unknown }

/** A model that sends every note that the newest message asks for, each line "note: …" one call, and then tells the results. */
export function notetaker({ body }: RecordedRequest): Behaviour {
  const messages = body.messages as WireMessage[]
  const at = messages.findLastIndex(({ role }) => role === 'user')
  const results = messages.slice(at + 1).filter(({ role }) => role === 'tool')
  if (results.length > 0) return { text: `Done: ${results.map(({ content }) => String(content)).join(' | ')}` }
  const notes = [...String(messages[at]!.content).matchAll(/^note: (.*)$/gm)].map(([, text]) => text!)
  if (notes.length === 0) return { text: 'Nothing to do.' }
  return { text: 'I will. ', toolCalls: notes.map((text, index) => ({ id: `call_${index}`, name: 'send_note', arguments: { text } })) }
}

/** What a run paused for, from its last event. */
export function interruptsIn(events: RunEvent[]): Interrupt[] {
  const last = events.at(-1)
  return last?.type === 'RUN_FINISHED' && last.outcome?.type === 'interrupt' ? last.outcome.interrupts.map(fromAgui) : []
}

export const approve = ({ id, argsHash }: Interrupt, fields: Partial<NonNullable<ResumeEntry['payload']>> = {}): ResumeEntry => ({
  interruptId: id,
  status: 'resolved',
  payload: { approved: true, argsHash, ...fields },
})
export const deny = ({ id }: Interrupt): ResumeEntry => ({ interruptId: id, status: 'resolved', payload: { approved: false } })
