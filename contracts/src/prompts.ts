import { z } from 'zod'
import { SharedBy } from './sharing.ts'
import { Id, Timestamp, text, wholeList } from './text.ts'

/** A gap of the text, written there as `{{name}}`; `default` is what stands in it until somebody writes something else. */
export const PromptVariable = z.strictObject({ name: text(60).trim(), default: text(1000, 0).optional() })
export type PromptVariable = z.infer<typeof PromptVariable>

/** `own`: the caller made it. `shared`: an administrator made it for everybody. `sharedBy`: somebody of the caller's organisation lets them read it. */
export const Prompt = z
  .object({
    id: Id,
    name: z.string(),
    text: z.string(),
    variables: z.array(PromptVariable),
    shared: z.boolean(),
    own: z.boolean(),
    sharedBy: SharedBy.nullable(),
    createdAt: Timestamp,
    updatedAt: Timestamp,
  })
  .meta({ id: 'Prompt' })
export type Prompt = z.infer<typeof Prompt>

const name = text(100).trim().min(1)
const body = text(20_000).refine((value) => value.trim() !== '', 'must not be blank')
const variables = z.array(PromptVariable).max(30)
/** `variables` give defaults; the gaps are those of the text. `shared` is an administrator's to choose. */
export const PromptBody = z.strictObject({ name, text: body, variables: variables.optional(), shared: z.boolean().optional() })
export const PromptChange = z.strictObject({
  name: name.optional(),
  text: body.optional(),
  variables: variables.optional(),
  shared: z.boolean().optional(),
})
export type PromptBody = z.infer<typeof PromptBody>
export type PromptChange = z.infer<typeof PromptChange>

const byId = z.strictObject({ id: Id })
const who = ['person', 'key:chat'] as const
/** What is asked with a prompt counts as the person's words, so no program writes one. */
const mine = ['person'] as const

export const promptEndpoints = {
  prompts: { method: 'GET', url: '/api/v1/prompts', config: { who }, schema: wholeList('chat', Prompt) },
  createPrompt: {
    method: 'POST',
    url: '/api/v1/prompts',
    config: { who: mine },
    schema: { tags: ['chat'], body: PromptBody, response: { 201: Prompt } },
  },
  updatePrompt: {
    method: 'PATCH',
    url: '/api/v1/prompts/:id',
    config: { who: mine },
    schema: { tags: ['chat'], params: byId, body: PromptChange, response: { 200: Prompt } },
  },
  deletePrompt: {
    method: 'DELETE',
    url: '/api/v1/prompts/:id',
    config: { who: mine },
    schema: { tags: ['chat'], params: byId, response: { 204: z.null().describe('No content') } },
  },
} as const
