import type { PlanId, Role } from '@jarvis/contracts/plans.ts'
import type { z } from 'zod'
import type { Caller } from '#lib/caller.ts'

/**
 * `taskId` names the whole task: the first run of a chain that pauses for approvals and goes on as further runs; a tool keeps what lives
 * longer than one call (a browser page) under it. `show` tells the followers of a picture at once.
 */
export type ToolContext = {
  caller: Pick<Caller, 'userId' | 'role' | 'plan'>
  conversationId: string
  taskId: string
  toolCallId: string
  signal: AbortSignal
  show(picture: { url: string }): void
}
/**
 * What a call would send out of this installation, and to whom: a host, and the URL, query or body. `configured`: the operator chose the
 * receiver, such as the search provider. `page`: `content` stands as a link on the page of this address, where the tool itself found it.
 */
export type Leaving = { to: string; content: string; configured?: boolean; page?: string }
/** What a tool tells the model, and the sources a person may open. */
export type ToolOutput = { content: string; sources?: { title: string; url: string }[] }

/**
 * A tool is one file: what it is called, what it takes, who may use it, how dangerous and how slow it may be. `untrusted` output came from
 * outside and is marked off for the model. `execute` may throw: an AppError's message is told to the model, anything else is logged.
 */
export type Tool<Args extends z.ZodObject = z.ZodObject> = {
  name: string
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
  /** What would leave with this call; absent means that nothing does. Judged against what the person wrote once untrusted text is in the run. */
  leaves?(args: z.infer<Args>, context: ToolContext): Leaving | null | Promise<Leaving | null>
  /** A sentence when a person must be asked whatever the policy says, such as before a password is typed; null leaves it to the policy. */
  asks?(args: z.infer<Args>, context: ToolContext): string | null | Promise<string | null>
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
