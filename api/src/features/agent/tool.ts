import type { Params } from '@jarvis/contracts/errors.ts'
import type { PlanId, Role } from '@jarvis/contracts/plans.ts'
import { type SentenceKey, sentenceOf } from '@jarvis/contracts/sentences.ts'
import type { z } from 'zod'
import type { Caller } from '#lib/caller.ts'
import type { Bill, Tokens } from '#lib/money.ts'
import type { FilePlace, MadePicture } from '#lib/run-step.ts'
import type { Move } from './observable.ts'

/** Why a person is asked: a sentence, and what it was made of. */
export type Reason = { detail: string; params: Params }

export const reasonOf = (sentence: SentenceKey, params: Params): Reason => ({
  detail: sentenceOf(sentence, params),
  params: { sentence, ...params },
})

/**
 * `taskId` names the whole task: the first run of a chain that pauses for approvals and goes on as further runs; a tool keeps what lives
 * longer than one call (a browser page) under it. `show` tells the followers of a picture at once. What a call costs is booked on `bill`.
 */
export type ToolContext = {
  caller: Pick<Caller, 'userId' | 'role' | 'plan'>
  conversationId: string
  taskId: string
  toolCallId: string
  bill: Bill
  signal: AbortSignal
  show(picture: { url: string }): void
}
/**
 * What the model chose, as far as somebody outside observes it. `address`: which address is opened. `element`: which of so many elements of an open page
 * is used, which of its `options` is taken, and the `text` that is put there. `move`: what is done to a page without an element of it. `query`: the texts that
 * go to a receiver whom the operator chose, each measured by itself, and `bits` that the call tells beside them.
 */
export type Choice =
  | { kind: 'address' }
  | { kind: 'element'; among: number; options?: number; text?: string }
  | { kind: 'move'; move: Move }
  | { kind: 'query'; words: string | readonly string[]; bits?: number }
/**
 * What a call would send out of this installation, and to whom: a host, and the URL, query or body. `page`: `content` stands as a link on the
 * page of this address, where the tool itself found it.
 */
export type Leaving = { to: string; content: string; choice: Choice; page?: string }
/** What a tool tells the model, and the sources a person may open. */
export type ToolOutput = {
  content: string
  sources?: { title: string; url: string }[]
  /** Passages of files that it lists. */ places?: FilePlace[]
  pictures?: MadePicture[]
  used?: { model: string } & Tokens
}

/**
 * A tool is one file: what it is called, what it takes, who may use it, how dangerous and how slow it may be. `untrusted` output came from
 * outside and is marked off for the model. `execute` may throw: an AppError's message is told to the model, anything else is logged.
 */
export type Tool<Args extends z.ZodObject = z.ZodObject> = {
  name: string
  /** The MCP server that it is of; absent for Jarvis's own. */
  server?: string
  title: string
  description: string
  args: Args
  risk: 'read' | 'write' | 'act'
  roles: readonly Role[]
  plans: readonly PlanId[]
  timeoutSeconds: number
  outputCharactersMax: number
  untrusted: boolean
  /** Its sources are addresses that were fixed before the model wrote anything: they may be opened without asking. */
  vouches?: boolean
  /**
   * What somebody outside would observe of this call: judged against what the person wrote, and counted, once untrusted text is in the run. Each
   * tool says it; `nothing` where a call stays within this installation. Null where this call does nothing.
   */
  leaves: 'nothing' | ((args: z.infer<Args>, context: ToolContext) => Leaving | null | Promise<Leaving | null>)
  /** A sentence when a person must be asked whatever the policy says, such as before a password is typed; null leaves it to the policy. */
  asks?(args: z.infer<Args>, context: ToolContext): string | Reason | null | Promise<string | Reason | null>
  /** A call that was begun is never made again, as with those that act: it costs. */
  costs?: boolean
  /** The most calls that may succeed in one answer. */
  callsMax?: number
  /** Whether what it needs is there for them now; without this it is. */
  isThereFor?(caller: Pick<Caller, 'plan'>): boolean
  /** Whether there is anything for it to work on; without this it is offered to all who may use it. */
  hasWork?(caller: Pick<Caller, 'userId'>): Promise<boolean>
  /** The task waits for a person: what it keeps for it may go to others. */
  rest?(taskId: string): void
  /** Lets go of what it kept for a task, when the task is over. */
  release?(taskId: string): Promise<void>
  execute(args: z.infer<Args>, context: ToolContext): Promise<ToolOutput>
}

export const everyRole: readonly Role[] = ['user', 'enterprise', 'admin']
export const everyPlan: readonly PlanId[] = ['free', 'pro', 'enterprise']

/** Keeps the argument types of each tool while a list may hold them all. */
export const defineTool = <Args extends z.ZodObject>(tool: Tool<Args>): Tool => tool

/** What an unknown tool said is untrusted too. */
export const isUntrusted = (tools: readonly Tool[], name: string) => tools.find((tool) => tool.name === name)?.untrusted ?? true
