import type { Capabilities } from '@jarvis/contracts/chat.ts'
import type { Dialect, Provider } from './index.ts'

const common: Dialect = {
  maxTokens: 'max_tokens',
  system: 'system',
  streamUsage: true,
  temperature: true,
  alternateRoles: true,
  tools: true,
  images: false,
  json: true,
  reasoning: false,
  thinking: 'budget',
  toolsMax: 128,
  attached: true,
  callIds: 'any',
}

/** What the name of a model says of it, wherever it is served; the later row counts. Names of gateways have a maker in front: `openai/gpt-5`. */
const byName: readonly [RegExp, Partial<Dialect>][] = [
  [/^gpt-(?:4o|4\.1|4-turbo|5)/, { images: true }],
  [/^(?:gpt-5|o[1-9](?:-|$))/, { maxTokens: 'max_completion_tokens', system: 'developer', temperature: false, reasoning: true, images: true }],
  [/^gpt-5-chat/, { reasoning: false, temperature: true }],
  [/^o1-(?:mini|preview)/, { system: 'user', tools: false, reasoning: false, images: false }],
  [/^gpt-oss/, { reasoning: true }],
  [/^claude-/, { images: true }],
  [/^claude-(?:3-7|(?:opus|sonnet|haiku)-4|[a-z]+-[5-9])/, { reasoning: true }],
  [/^claude-(?:(?:opus|sonnet|haiku)-4-[6-9]|[a-z]+-[5-9])/, { thinking: 'adaptive' }],
  [/^gemini-/, { images: true }],
  [/^gemini-(?:2\.5|[3-9])/, { reasoning: true }],
  [/^gemma/, { system: 'user', tools: false }],
  [/^(?:open-)?(?:mistral|mixtral|ministral|magistral|codestral|devstral|pixtral)/, { callIds: 'nine' }],
  [/^deepseek-(?:r1|reasoner)/, { temperature: false }],
  [/(?:^|[-:])(?:vl|vision|pixtral|llava)(?:[-:]|$)|^pixtral|^llava/, { images: true }],
]

/** How a model of a provider wants to be asked, as far as kind, host and name say. */
export function dialectOf({ kind, baseUrl }: Pick<Provider, 'kind' | 'baseUrl'>, model: string): Dialect {
  const name = model.toLowerCase().split('/').at(-1)!
  const named = byName.flatMap(([pattern, differs]) => (pattern.test(name) ? [differs] : []))
  const isOpenAi = kind === 'azure' || (kind === 'openai' && new URL(baseUrl).hostname.endsWith('openai.com'))
  const host: Partial<Dialect> = isOpenAi ? { maxTokens: 'max_completion_tokens', alternateRoles: false } : {}
  // Roles and tools of these are the protocol's own, not a template's.
  const native: Partial<Dialect> = kind === 'anthropic' || kind === 'google' ? { system: 'system', tools: true } : {}
  return Object.assign({}, common, host, ...named, native) as Dialect
}

type Choice = { [Key in keyof Capabilities]?: boolean | undefined }

/** What a model can, as far as its name says; `chosen` is what the table says of it. */
export function capabilitiesOf(kind: Provider['kind'], model: string, chosen: Choice): Capabilities {
  const { tools, images, json, reasoning } = dialectOf({ kind, baseUrl: 'http://localhost' }, model)
  return {
    tools: chosen.tools ?? tools,
    images: chosen.images ?? images,
    json: chosen.json ?? json,
    reasoning: chosen.reasoning ?? reasoning,
  }
}

type Lesson = Partial<Dialect>

/** Which refusals name what: each of the expressions must be in it. They are about a parameter's being refused, not its value being wrong. */
const lessons: readonly { says: readonly RegExp[]; lesson(dialect: Dialect, body: string): Lesson }[] = [
  {
    says: [/max_completion_tokens|max_tokens/i],
    lesson: ({ maxTokens }) => ({ maxTokens: maxTokens === 'max_tokens' ? 'max_completion_tokens' : 'max_tokens' }),
  },
  { says: [/tool.?call.?id/i, /length of 9|9 (?:alphanumeric )?characters|a-z, ?A-Z, ?0-9/i], lesson: () => ({ callIds: 'nine' }) },
  { says: [/stream_options|include_usage/i], lesson: () => ({ streamUsage: false }) },
  { says: [/temperature/i], lesson: () => ({ temperature: false }) },
  { says: [/must alternate|consecutive|alternating roles/i], lesson: () => ({ alternateRoles: true }) },
  {
    says: [
      /system|developer/i,
      /role|instruction|system message|system prompt/i,
      /support|unexpected|must be one of|invalid|only user|not allowed|unknown/i,
    ],
    lesson: ({ system }, body) => {
      if (system === 'developer') return { system: 'system' }
      return { system: /developer/i.test(body) ? 'developer' : 'user' }
    },
  },
  { says: [/tools/i, /\b128\b/, /maximum|at most|too long|more than|exceed/i], lesson: () => ({ toolsMax: 128 }) },
  {
    says: [/tool|function/i, /support tool use|not support|n't support|unsupported|not enabled|enable-auto-tool-choice/i],
    lesson: () => ({ tools: false }),
  },
  {
    says: [/budget_tokens|thinking\.type|adaptive/i],
    lesson: ({ thinking }) => ({ thinking: thinking === 'budget' ? 'adaptive' : 'budget' }),
  },
  { says: [/reasoning_effort|reasoning\.effort|thinking_?(?:config|level|budget)|thinking is not support/i], lesson: () => ({ reasoning: false }) },
  { says: [/reasoning_content|reasoning_details|extra_content/i], lesson: () => ({ attached: false }) },
]

/** Whether a refusal may be about a parameter: some servers answer so with 500, where a template failed. */
const teaches = new Set([400, 404, 422, 500])

/** How to ask again after a refusal that names what was at fault; null where it names nothing that can be changed. */
export function lessonOf(status: number | undefined, body: string, dialect: Dialect): Lesson | null {
  if (status === undefined || !teaches.has(status)) return null
  for (const { says, lesson } of lessons) {
    if (!says.every((expression) => expression.test(body))) continue
    const learned = lesson(dialect, body)
    if (Object.entries(learned).some(([key, value]) => dialect[key as keyof Dialect] !== value)) return learned
  }
  return null
}
