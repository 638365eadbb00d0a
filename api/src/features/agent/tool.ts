import type { Tool as ToolInfo } from '@jarvis/contracts/chat.ts'
import type { PlanId, Role } from '@jarvis/contracts/plans.ts'
import type { z } from 'zod'
import type { Caller } from '#lib/caller.ts'

export type ToolContext = { caller: Pick<Caller, 'userId' | 'role' | 'plan'>; signal: AbortSignal }
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
  execute(args: z.infer<Args>, context: ToolContext): Promise<ToolOutput>
}

export const everyRole: readonly Role[] = ['user', 'enterprise', 'admin']
export const everyPlan: readonly PlanId[] = ['free', 'pro', 'enterprise']

/** Keeps the argument types of each tool while a list may hold them all. */
export const defineTool = <Args extends z.ZodObject>(tool: Tool<Args>): Tool => tool

export const mayUse = (tool: Tool, caller: Pick<Caller, 'role' | 'plan'>) => tool.roles.includes(caller.role) && tool.plans.includes(caller.plan)

/** What an unknown tool said is untrusted too. */
export const isUntrusted = (tools: readonly Tool[], name: string) => tools.find((tool) => tool.name === name)?.untrusted ?? true

export const describeTool = ({ name, title, description, risk, timeoutSeconds }: Tool): ToolInfo => ({
  name,
  title,
  description,
  risk,
  timeoutSeconds,
})
