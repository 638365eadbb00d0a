import type { AdminHealth } from './admin-health.ts'
import type { ScimToken } from './scim-endpoints.ts'
import type { Session, SignedIn, User } from './accounts.ts'
import type { AdminModel, AdminProvider } from './admin-models.ts'
import type { AdminUser, AuditEntry } from './admin.ts'
import type { ApiKey } from './api-keys.ts'
import type { Interrupt, StandingApproval } from './approvals.ts'
import type { Invoice, Subscription } from './billing.ts'
import type { Accepted, Conversation, Message, Model, Run, Tool } from './chat.ts'
import type { Problem } from './errors.ts'
import type { File } from './files.ts'
import type { Import } from './imports.ts'
import type { Folder } from './folders.ts'
import type { Prompt } from './prompts.ts'
import type { Invitation } from './invitations.ts'
import type { Memory } from './memory.ts'
import type { Plan } from './plans.ts'
import type { UsageReport } from './usage.ts'

// What the descriptions of the API and of the socket show. The compiler and the check hold each to its schema.

export const ids = {
  user: '01936f1e-5d2a-7c41-9a31-8f0c2b7d4e10',
  conversation: '01936f20-1b77-7e02-b6a4-52d1c9e8f311',
  question: '01936f20-3c10-7a55-8d0b-6e94a7f3c212',
  answer: '01936f20-3c11-7f0e-a2c9-1d85b3e6f713',
  run: '01936f20-3c12-7b48-9e57-c04f8a1d2b14',
  other: '01936f21-8a01-7d9c-8b12-7f3e5c6d9a15',
}
const createdAt = '2026-03-02T09:30:00.000Z'
const endsAt = '2026-04-01T00:00:00.000Z'

export const user: User = { id: ids.user, email: 'ada@example.org', name: 'Ada Lovelace', role: 'user', plan: 'pro', createdAt }

export const signedIn: SignedIn = { user, accessToken: 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIwMTkzNmYxZSJ9.c2lnbmF0dXJl', expiresIn: 900 }

export const session: Session = {
  id: ids.other,
  createdAt,
  lastSeenAt: createdAt,
  userAgent: 'Mozilla/5.0 (X11; Linux x86_64)',
  address: '192.0.2.10',
  current: true,
}

export const invitation: Invitation = {
  id: ids.other,
  email: 'ada@example.org',
  role: 'user',
  plan: 'pro',
  delivery: 'mail',
  createdBy: ids.user,
  createdAt,
  expiresAt: '2026-03-09T09:30:00.000Z',
  acceptedAt: null,
  acceptedBy: null,
}

export const apiKey: ApiKey = {
  id: ids.other,
  name: 'Nightly report',
  prefix: 'jv_3kF9wQ2x',
  createdAt,
  lastUsedAt: null,
  expiresAt: null,
  requestsPerMinute: null,
  scopes: ['v1'],
  models: null,
  budgetMicroUsdPerMonth: 5_000_000,
  spentMicroUsd: 120_400,
}

export const folder: Folder = { id: ids.other, name: 'The sea', instructions: 'Answer with figures.', createdAt, sharedBy: null }

export const prompt: Prompt = {
  id: ids.other,
  name: 'Explain',
  text: 'Explain {{topic}} to {{audience}}.',
  variables: [{ name: 'topic' }, { name: 'audience', default: 'a beginner' }],
  shared: false,
  own: true,
  sharedBy: null,
  createdAt,
  updatedAt: createdAt,
}

export const file: File = {
  id: ids.other,
  name: 'tides.pdf',
  mediaType: 'application/pdf',
  bytes: 48_213,
  sha256: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
  createdAt,
  status: 'ready',
  error: null,
  pages: 3,
  progress: null,
  url: null,
  sharedBy: null,
}

export const importOne: Import = {
  id: ids.other,
  name: 'conversations.json',
  kind: 'chatgpt',
  status: 'done',
  total: 120,
  done: 120,
  added: 118,
  grown: 0,
  there: 2,
  messages: 1460,
  skipped: [{ what: 'pictures', count: 12 }],
  error: null,
  createdAt,
}

export const conversation: Conversation = {
  id: ids.conversation,
  title: 'Tides',
  archived: false,
  pinned: false,
  folderId: null,
  leafId: null,
  temporary: false,
  createdAt,
  updatedAt: createdAt,
}

export const interrupt: Interrupt = {
  id: 'call_1',
  toolCallId: 'call_1',
  tool: 'browser',
  args: '{"url":"https://example.org/"}',
  argsHash: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
  risk: 'act',
  reason: 'It would act in your name.',
  leaves: { to: 'example.org', content: 'https://example.org/' },
  taint: null,
  mayRemember: false,
  expiresAt: endsAt,
}

export const question: Message = {
  id: ids.question,
  conversationId: ids.conversation,
  parentId: null,
  runId: null,
  role: 'user',
  content: 'Why are there two tides a day?',
  parts: [{ type: 'text', text: 'Why are there two tides a day?' }],
  status: 'complete',
  model: null,
  usage: null,
  toolCalls: [],
  sources: [],
  route: null,
  memories: [],
  interrupts: [],
  error: null,
  finishReason: null,
  createdAt,
}

export const answer: Message = {
  ...question,
  id: ids.answer,
  parentId: ids.question,
  runId: ids.run,
  role: 'assistant',
  content: 'The moon pulls the near side more than the far side.',
  parts: [{ type: 'text', text: 'The moon pulls the near side more than the far side.' }],
  model: 'gpt-4o-mini',
  usage: { inputTokens: 812, outputTokens: 96, costMicroUsd: 395 },
  route: {
    model: 'gpt-4o-mini',
    reason: 'A question, not a hard one: GPT-4o mini is expected to answer it nearly as well as GPT-4o, for less',
    estimatedCostMicroUsd: 410,
    task: 'question',
    language: 'en',
    difficulty: 0.29,
    alternatives: [
      { model: 'gpt-4o', reason: 'It costs more than a better answer to this is worth', estimatedCostMicroUsd: 6830, costMicroUsd: 7120 },
    ],
  },
  finishReason: 'stop',
}

export const accepted: Accepted = { runId: ids.run, messageId: ids.question, assistantMessageId: ids.answer }

export const run: Run = {
  id: ids.run,
  conversationId: ids.conversation,
  messageId: ids.question,
  assistantMessageId: ids.answer,
  status: 'running',
  queuePosition: null,
  model: 'gpt-4o-mini',
  routeReason: 'A short question.',
  errorCode: null,
  createdAt,
  finishedAt: null,
}

export const model: Model = {
  id: 'gpt-4o-mini',
  name: 'GPT-4o mini',
  tier: 'economy',
  contextTokens: 128_000,
  outputTokensMax: 16_384,
  inputMicroUsdPerMillion: 150_000,
  outputMicroUsdPerMillion: 600_000,
  practice: false,
  provider: 'openai',
  capabilities: { tools: true, images: true, json: true, reasoning: false },
}

export const tool: Tool = {
  name: 'browser',
  title: 'Browser',
  description: 'Opens a page and reads it.',
  risk: 'act',
  timeoutSeconds: 60,
  policy: 'always',
  loosest: 'conversation',
}

export const standingApproval: StandingApproval = {
  id: ids.other,
  tool: 'browser',
  conversationId: ids.conversation,
  conversationTitle: 'Tides',
  createdAt,
}

export const plan: Plan = {
  id: 'pro',
  requestsPerMinute: 60,
  tokensPerCycle: 1_000_000,
  models: ['gpt-4o-mini', 'gpt-4o'],
  tools: ['web_search', 'browser'],
  current: true,
  prices: { month: 19_000_000, year: null, amounts: { month: { currency: 'usd', value: '19.00' }, year: null } },
}

const sums = { inputTokens: 8120, outputTokens: 960, costMicroUsd: 3950, calls: 10, estimatedCalls: 0, estimatedCostMicroUsd: 0 }

export const usage: UsageReport = {
  items: [{ key: '2026-03-02', ...sums }],
  nextCursor: null,
  totals: sums,
  cycle: {
    startsAt: '2026-03-01T00:00:00.000Z',
    endsAt,
    tokensUsed: 9080,
    tokensReserved: 0,
    tokensMax: 1_000_000,
    costMicroUsd: 3950,
    reservedMicroUsd: 0,
    ceilingMicroUsd: null,
  },
}

export const subscription: Subscription = {
  billing: true,
  plan: 'pro',
  source: 'stripe',
  status: 'active',
  interval: 'month',
  currentPeriodEndsAt: endsAt,
  cancelAtPeriodEnd: false,
  trialEndsAt: null,
  trialDays: 0,
  graceEndsAt: null,
}

export const invoice: Invoice = {
  id: 'in_1Qx',
  number: 'JV-0007',
  status: 'paid',
  total: { currency: 'eur', value: '19.00' },
  totalMicroUsd: null,
  createdAt,
  url: 'https://invoice.stripe.com/i/in_1Qx',
}

export const memory: Memory = {
  id: ids.other,
  text: 'Prefers answers in metric units.',
  conversationId: ids.conversation,
  createdAt,
  origin: 'chat',
  trusted: true,
  source: 'Prefers answers in metric units.',
  subject: 'answers',
  happened: null,
  replaced: [],
}

export const adminUser: AdminUser = {
  ...user,
  disabled: false,
  subscription: 'active',
  tokensUsed: 9080,
  costMicroUsd: 3950,
  ceilingMicroUsd: null,
  lastSeenAt: createdAt,
  factors: { totp: true, passkeys: 1 },
}

export const auditEntry: AuditEntry = {
  id: 42,
  at: createdAt,
  action: 'user.plan_changed',
  actorId: ids.other,
  target: ids.user,
  address: '192.0.2.10',
  requestId: 'req-7f3e',
  details: { from: 'free', to: 'pro' },
  hash: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
  pending: false,
}

export const adminProvider: AdminProvider = {
  id: 'cellar',
  name: 'Ollama in the cellar',
  kind: 'openai',
  baseUrl: 'http://127.0.0.1:11434/v1',
  apiVersion: null,
  source: 'page',
  keySet: false,
  keyFault: false,
}

export const adminModel: AdminModel = {
  id: 'llama',
  provider: 'cellar',
  model: 'llama3.2:3b',
  source: 'page',
  name: 'Llama 3.2',
  tier: 'economy',
  contextTokens: 131_072,
  outputTokensMax: 8192,
  inputMicroUsdPerMillion: 0,
  outputMicroUsdPerMillion: 0,
  fallbacks: [],
  standardFor: ['free'],
  capabilities: { tools: true, images: false, json: true, reasoning: false },
  economy: true,
}

export const problem: Problem = {
  type: 'about:blank',
  title: 'Not found',
  status: 404,
  detail: 'There is no such conversation.',
  code: 'not_found',
  requestId: 'req-7f3e',
}

export const scimToken: ScimToken = {
  id: '01997c1e-7f50-7000-8000-00000000a5c1',
  name: 'Entra',
  prefix: 'jv_scim_kq0Vb',
  createdAt: '2026-03-02T09:30:00.000Z',
  lastUsedAt: null,
}

export const settings = {
  ceilingMicroUsd: 500_000_000,
  responseCache: 'person' as const,
  responseCacheSource: 'page' as const,
  factorRequiredFor: ['admin' as const],
}

export const health: AdminHealth = {
  checkedAt: user.createdAt,
  engines: [{ name: 'database', needed: true, up: true }],
  runsWaiting: 0,
  jobsWaiting: [{ queue: 'letters', count: 2 }],
  backup: { isScheduled: true, lastAt: user.createdAt, lastBytes: 48_120_004, failures: 0, failure: null },
  modelsLeftAlone: [],
  failedSweeps: [],
  versions: { jarvis: '0.1.0', node: '24.1.0', postgres: '16.4' },
}
