import { z } from 'zod'
import { Params } from './errors.ts'
import { Id, Timestamp, text } from './text.ts'

/** When a person is asked before a tool that acts or writes: each time, once per conversation, or never. From strict to loose. */
export const ApprovalPolicy = z.enum(['always', 'conversation', 'never'])
export type ApprovalPolicy = z.infer<typeof ApprovalPolicy>

/**
 * A tool call that waits for a person. `args` is the exact text that will run; `argsHash` its SHA-256 in hex, over tool name, a newline and `args`.
 * `reason` says in a sentence why it asks; `leaves` what would be sent out and where to, null when nothing is.
 */
export const Interrupt = z
  .object({
    id: z.string(),
    toolCallId: z.string(),
    tool: z.string(),
    args: z.string(),
    argsHash: z.string(),
    risk: z.enum(['read', 'write', 'act']),
    reason: z.string(),
    leaves: z.object({ to: z.string(), content: z.string() }).nullable(),
    /** A sentence that untrusted text is in the run since this source; null when the run is clean. */
    taint: z.string().nullable(),
    /** Whether this tool and policy let the person say "for this conversation". */
    mayRemember: z.boolean(),
    expiresAt: Timestamp,
    /** What `reason` and `taint` were made of, with the key of the sentence, so that a client can say them in another language. */
    params: z.object({ reason: Params.optional(), taint: Params.optional() }).optional(),
  })
  .meta({ id: 'Interrupt' })
export type Interrupt = z.infer<typeof Interrupt>

/** AG-UI's resume entries. `args`, when given, replaces the arguments: the person edited them, and `argsHash` still names what was shown. */
export const ResumeEntry = z.strictObject({
  interruptId: text(200),
  status: z.enum(['resolved', 'cancelled']),
  payload: z
    .strictObject({
      approved: z.boolean(),
      argsHash: text(64).optional(),
      args: text(100_000).optional(),
      /** Stand for the rest of this conversation. */
      remember: z.boolean().optional(),
    })
    .optional(),
})
export type ResumeEntry = z.infer<typeof ResumeEntry>
export const ResumeBody = z.strictObject({ resume: z.array(ResumeEntry).min(1).max(64) })
export const Resumed = z.object({ runId: Id }).meta({ id: 'Resumed' })

/** A standing approval: this person said that a tool may act without asking in one conversation. */
export const StandingApproval = z
  .object({ id: Id, tool: z.string(), conversationId: Id, conversationTitle: z.string(), createdAt: Timestamp })
  .meta({ id: 'StandingApproval' })
export type StandingApproval = z.infer<typeof StandingApproval>

export const ToolPolicyBody = z.strictObject({ policy: ApprovalPolicy })
