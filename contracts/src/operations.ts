import type { Endpoint, Input, Output } from './call.ts'
import type { Endpoints } from './endpoints.ts'
import * as example from './examples.ts'
import { factorOperations } from './factor-operations.ts'
import { fileOperations } from './file-operations.ts'
import { guardOperations } from './guard.ts'
import { invitationOperations } from './invitation-operations.ts'
import { memoryOperations } from './memory-operations.ts'
import { noticeOperations } from './notice-operations.ts'
import { organisationOperations } from './organisation-operations.ts'
import { passkeyOperations } from './passkey-operations.ts'
import { peopleOperations } from './people-operations.ts'
import { privacyOperations } from './privacy-operations.ts'
import { pushOperations } from './push-operations.ts'
import { scimOperations } from './scim-operations.ts'
import { voiceOperations } from './voice-operations.ts'
import { signOnOperations } from './sign-on-operations.ts'

const page = <Item>(item: Item) => ({ items: [item], nextCursor: null })

/** What a person reads of an endpoint before they call it, with a body and an answer as they may look. */
export type Operation<E extends Endpoint> = {
  /** A phrase, as a list of operations has it. */
  summary: string
  /** What the summary does not say, where the endpoint has no description. */
  more?: string
  /** Its requests are counted, and each answer says how many are left. */
  isLimited?: true
} & (Input<E> extends { body: infer Body } ? { body: Body } : Input<E> extends { body?: infer Body } ? { body?: Body } : unknown) &
  (Output<E> extends null ? unknown : { answer: Exclude<Output<E>, null> })

/** Every endpoint has one: the compiler asks for it. Pages do not load it. */
export const operations: { [Name in keyof Endpoints]: Operation<Endpoints[Name]> } = {
  instance: {
    summary: 'Describe this installation',
    more: 'What a page has to know before anybody signs in.',
    answer: { name: 'Jarvis', version: '0.1.0', registrationOpen: true, firstUser: false, practiceModel: false, billing: true },
  },
  register: {
    summary: 'Make an account',
    more: 'The first account becomes the administrator. The refresh token comes as a cookie, or in the body with `transport=body`.',
    isLimited: true,
    body: { email: 'ada@example.org', password: 'correct horse battery', name: 'Ada Lovelace' },
    answer: example.signedIn,
  },
  login: {
    summary: 'Sign in',
    more: 'Whichever part is wrong, the answer is the same, and takes as long.',
    isLimited: true,
    body: { email: 'ada@example.org', password: 'correct horse battery' },
    answer: example.signedIn,
  },
  refresh: {
    summary: 'Renew the access token',
    more: 'Takes the refresh token of the cookie or of the body, and gives a new one. A token that is used twice ends its session.',
    isLimited: true,
    answer: example.signedIn,
  },
  logout: { summary: 'Sign out', more: 'Ends the session of the refresh token, and its sockets.' },
  sessions: { summary: 'List sessions', more: 'Where this person is signed in.', answer: page(example.session) },
  endSession: { summary: 'End a session', more: 'Its sockets close within a second.' },
  changePassword: {
    summary: 'Change the password',
    more: 'Ends all other sessions.',
    body: { current: 'correct horse battery', next: 'staple battery horse' },
  },
  signInMethods: {
    summary: 'List the ways to sign in',
    answer: { password: true, registration: true, passkeys: true, mail: true, providers: [] },
  },
  ...signOnOperations,
  forgotPassword: { summary: 'Ask for a link to set a new password', isLimited: true, body: { email: 'ada@example.org' } },
  resetPassword: {
    summary: 'Set a new password by a link',
    isLimited: true,
    body: { token: 'kq0Vb3cT6cOQm0Xb1uH2J9n5y4s8w7e6r5t4z3u2i1o', password: 'staple battery horse' },
  },
  verifyEmail: { summary: 'Confirm an address by a link', isLimited: true, body: { token: 'kq0Vb3cT6cOQm0Xb1uH2J9n5y4s8w7e6r5t4z3u2i1o' } },
  askToVerifyEmail: { summary: 'Ask for a letter that confirms the address', more: 'Nothing is sent where it is confirmed.' },
  reauthenticate: {
    summary: 'Show again who one is',
    more: 'By the password, a second factor, or a passkey.',
    body: { password: 'correct horse battery' },
  },
  ...factorOperations,
  ...passkeyOperations,
  ...peopleOperations,
  ...organisationOperations,
  ...privacyOperations,
  ...noticeOperations,
  ...pushOperations,
  ...scimOperations,
  adminResetFactors: { summary: 'Take somebody’s second factors away' },
  ...invitationOperations,
  ...guardOperations,
  adminEndPassword: {
    summary: 'Force a new password',
    body: { delivery: 'link' },
    answer: {
      delivery: 'link',
      url: 'https://jarvis.example.org/reset-password#token=kq0Vb3cT6cOQm0Xb1uH2J9n5y4s8w7e6r5t4z3u2i1o',
      expiresAt: '2026-03-03T09:30:00.000Z',
    },
  },

  me: { summary: 'Show this person', more: 'Whose token or key it is.', answer: example.user },
  updateMe: {
    summary: 'Change name or email',
    more: 'What is absent stays.',
    body: { name: 'Ada King' },
    answer: { ...example.user, name: 'Ada King' },
  },
  deleteMe: { summary: 'Erase this person' },
  exportMe: {
    summary: 'Export all data',
    more: 'All that is kept of this person, as one JSON file.',
    answer: { user: example.user, conversations: [] },
  },

  conversations: {
    summary: 'List conversations',
    more: 'The newest first. `q` searches titles and messages; then items have `matches`. `pinned` and `folderId` take some of them.',
    answer: page(example.conversation),
  },
  createConversation: { summary: 'Make a conversation', more: 'Without a title it gets one from its first answer.', answer: example.conversation },
  conversation: { summary: 'Show a conversation', more: 'Its messages are a list of their own.', answer: example.conversation },
  updateConversation: {
    summary: 'Rename, archive, pin or file a conversation',
    more: 'What is absent stays.',
    body: { title: 'Tides' },
    answer: example.conversation,
  },
  deleteConversation: { summary: 'Delete a conversation', more: 'With its messages; an answer that is being written stops.' },
  messages: { summary: 'List messages', answer: { items: [example.question, example.answer], nextCursor: null } },
  send: {
    summary: 'Send a message',
    more:
      'Begins a run that answers it; follow the run’s events. `messageId` is the client’s own UUID: the same one again returns the same run. ' +
      'Without `parentId` the message follows the newest one.',
    isLimited: true,
    body: { messageId: example.ids.question, content: 'Why are there two tides a day?', model: 'auto' },
    answer: example.accepted,
  },
  setLeaf: { summary: 'Choose the branch', body: { messageId: example.ids.answer } },
  rate: { summary: 'Rate an answer', body: { rating: 'down', comment: 'The source says otherwise.' } },
  unrate: { summary: 'Take back a rating' },
  share: {
    summary: 'Share a conversation',
    more: 'Who has the link reads the copy, and nothing that comes later.',
    body: { expiresInDays: 30 },
    answer: { url: 'https://jarvis.example.org/shared/3kF9wQ2xN1bZ', expiresAt: null },
  },
  unshare: { summary: 'Take back a link' },
  shared: {
    summary: 'Read what is shared',
    answer: {
      title: 'Tides',
      sharedAt: example.user.createdAt,
      expiresAt: null,
      messages: [
        { id: example.ids.question, role: 'user', content: 'Why are there two tides a day?', sources: [], createdAt: example.user.createdAt },
      ],
    },
  },
  exportConversation: { summary: 'Export a conversation', answer: '# Tides' },
  folders: {
    summary: 'List folders',
    more: 'One’s own, and those that others of the organisation let one read. By name.',
    answer: page(example.folder),
  },
  createFolder: { summary: 'Make a folder', body: { name: 'The sea', instructions: 'Answer with figures.' }, answer: example.folder },
  updateFolder: { summary: 'Change a folder', more: 'What is absent stays.', body: { name: 'The sea' }, answer: example.folder },
  ...fileOperations,
  ...voiceOperations,
  deleteFolder: { summary: 'Delete a folder', more: 'Its conversations stay.' },
  imports: { summary: 'List imports', more: 'The newest first.', answer: page(example.importOne) },
  import: { summary: 'Show an import', more: 'How far it is, and what was not taken.', answer: example.importOne },
  createImport: { summary: 'Import conversations', answer: example.importOne },
  prompts: {
    summary: 'List prompts',
    more: 'One’s own, those that administrators share with everybody, and those that others of the organisation let one read. By name.',
    answer: page(example.prompt),
  },
  createPrompt: {
    summary: 'Keep a prompt',
    more: '`{{name}}` in its text is a gap. Only administrators share.',
    body: { name: 'Explain', text: example.prompt.text, variables: [{ name: 'audience', default: 'a beginner' }] },
    answer: example.prompt,
  },
  updatePrompt: { summary: 'Change a prompt', more: 'What is absent stays.', body: { name: 'Explain' }, answer: example.prompt },
  deletePrompt: { summary: 'Delete a prompt' },
  answerAgain: { summary: 'Answer again', isLimited: true, answer: example.accepted },
  continueAnswer: { summary: 'Continue an answer', isLimited: true, answer: example.accepted },
  run: { summary: 'Show a run', more: 'Its state, and its place in line while it waits.', answer: example.run },
  cancelRun: { summary: 'Stop a run', more: 'What has been written so far is kept.', answer: example.run },
  resumeRun: {
    summary: 'Answer an approval',
    more: 'Says yes or no to each call that the run waits with. `argsHash` names what was shown. No API key may answer.',
    body: { resume: [{ interruptId: 'call_1', status: 'resolved', payload: { approved: true, argsHash: example.interrupt.argsHash } }] },
    answer: { runId: example.ids.other },
  },
  models: { summary: 'List models', more: 'Those that this person’s plan opens, with their prices.', answer: page(example.model) },
  tools: { summary: 'List tools', more: 'Those that this person’s plan and role open, and when each asks.', answer: page(example.tool) },
  setToolPolicy: {
    summary: 'Choose when a tool asks',
    more: 'No looser than the administrator allows.',
    body: { policy: 'conversation' },
    answer: { ...example.tool, policy: 'conversation' },
  },
  approvals: {
    summary: 'List standing approvals',
    more: 'Where this person let a tool act without asking for the rest of a conversation.',
    answer: page(example.standingApproval),
  },
  revokeApproval: { summary: 'Revoke a standing approval', more: 'From now on the tool asks again.' },

  plans: { summary: 'List plans', more: 'What each allows, and what it is sold for.', answer: page(example.plan) },
  usage: { summary: 'Report usage', more: 'Tokens and cost of this person. The sums equal the ledger exactly.', answer: example.usage },
  subscription: { summary: 'Show the subscription', more: 'What this person pays for, and until when.', answer: example.subscription },
  checkout: {
    summary: 'Subscribe or change plan',
    more: 'Returns a page of Stripe to send the person to.',
    isLimited: true,
    body: { plan: 'pro', interval: 'month' },
    answer: { url: 'https://checkout.stripe.com/c/pay/cs_test_1' },
  },
  portal: {
    summary: 'Open the billing portal',
    more: 'Returns a page of Stripe where the person changes cards and cancels.',
    isLimited: true,
    answer: { url: 'https://billing.stripe.com/p/session/bps_1' },
  },
  webhook: { summary: 'Receive an event of Stripe', answer: { received: true } },
  invoices: { summary: 'List invoices', more: 'The newest ones that Stripe has.', isLimited: true, answer: page(example.invoice) },

  apiKeys: { summary: 'List API keys', more: 'Without their secrets, which are kept nowhere.', answer: page(example.apiKey) },
  createApiKey: {
    summary: 'Make an API key',
    more: 'The only answer that holds the secret: a repeat with the same `Idempotency-Key` is 409.',
    body: { name: 'Nightly report', scopes: ['v1'], budgetMicroUsdPerMonth: 5_000_000 },
    answer: { ...example.apiKey, secret: 'jv_3kF9wQ2xN7bT5yHc1mVz8sLd4pRg6aEu' },
  },
  deleteApiKey: { summary: 'Delete an API key', more: 'What it had open ends at once.' },

  adminUsers: { summary: 'List people', more: 'With what each used in this billing cycle.', answer: page(example.adminUser) },
  adminUpdateUser: {
    summary: 'Change a person',
    more: 'Role, plan, spend ceiling, disabled or not. It acts on open sockets within a second.',
    body: { plan: 'pro' },
    answer: example.adminUser,
  },
  adminUsage: {
    summary: 'Report usage of all',
    more: 'Of the whole installation, or of one person.',
    answer: { items: example.usage.items, nextCursor: null, totals: example.usage.totals },
  },
  adminHealth: {
    summary: 'Show how the installation is',
    answer: example.health,
  },
  adminStats: {
    summary: 'Show the state of the installation',
    more: 'Counts of people, money, runs and backups.',
    answer: {
      users: { total: 40, active30Days: 31, disabled: 1, byPlan: { free: 20, pro: 18, enterprise: 2 } },
      subscriptions: { active: 18, trialing: 1, pastDue: 0, cancelling: 1, monthlyRevenueMicroUsd: 342_000_000 },
      month: {
        startsAt: example.usage.cycle.startsAt,
        costMicroUsd: 81_200_000,
        reservedMicroUsd: 0,
        tokens: 9_400_000,
        runs: 5120,
        ceilingMicroUsd: null,
      },
      runs: { active: 2, waiting: 0, failedLastDay: 1 },
      payments: { refunds30Days: 0, disputes30Days: 0 },
      feedback: [{ model: 'economy', up: 41, down: 3 }],
      routing: [{ model: 'economy', answers: 410, estimatedMicroUsd: 190_000, costMicroUsd: 204_000, otherMicroUsd: 3_180_000 }],
      backup: { isScheduled: true, lastAt: example.user.createdAt, lastBytes: 48_120_004, failures: 0, failure: null },
    },
  },
  adminAudit: { summary: 'List the audit', more: 'The newest rows first.', answer: page(example.auditEntry) },
  adminExportAudit: { summary: 'Save the audit', more: 'As JSON Lines, or as CSV.', answer: '{"id":42,"action":"login.succeeded"}\n' },
  adminVerifyAudit: {
    summary: 'Verify the audit',
    more: 'Whether each row’s hash follows from the one before.',
    answer: { intact: true, entries: 42, head: example.auditEntry.hash, firstBroken: null, unknown: 0, firstUnknown: null, pending: 0 },
  },
  adminSettings: { summary: 'Show settings', more: 'What holds for the whole installation.', answer: example.settings },
  adminUpdateSettings: {
    summary: 'Change settings',
    more: 'What is absent stays.',
    body: { ceilingMicroUsd: 500_000_000 },
    answer: example.settings,
  },
  adminTools: {
    summary: 'List tools and how loosely they may ask',
    more: 'For each, the loosest policy that a person may choose.',
    answer: page({ name: 'browser', title: 'Browser', risk: 'act', loosest: 'conversation' } as const),
  },
  adminSetTool: {
    summary: 'Bound how loosely a tool may ask',
    more: 'Looser choices of people count as this one.',
    body: { loosest: 'always' },
    answer: { name: 'browser', title: 'Browser', risk: 'act', loosest: 'always' },
  },
  adminProviders: {
    summary: 'List providers',
    more: 'Those of the environment, of the file and of the page. Keys are never told.',
    answer: page(example.adminProvider),
  },
  adminFoundProviders: {
    summary: 'Look for servers of models',
    more: 'An Ollama at its usual address, seen from the server, that is not added yet.',
    answer: page({
      name: 'Ollama',
      kind: 'openai',
      baseUrl: 'http://127.0.0.1:11434/v1',
      models: [{ model: 'llama3.2:3b', contextTokens: 131_072, outputTokensMax: null, capabilities: { tools: true }, priced: true, chosenAs: [] }],
    } as const),
  },
  adminAddProvider: {
    summary: 'Add a provider',
    more: 'Its key is encrypted at rest. No restart is needed.',
    body: { name: example.adminProvider.name, kind: 'openai', baseUrl: example.adminProvider.baseUrl },
    answer: example.adminProvider,
  },
  adminUpdateProvider: {
    summary: 'Change a provider',
    more: 'What is absent stays. Only one that was added on the page can be changed.',
    body: { name: 'Ollama' },
    answer: { ...example.adminProvider, name: 'Ollama' },
  },
  adminRemoveProvider: { summary: 'Remove a provider', more: 'With the models that were chosen of it.' },
  adminTestProvider: {
    summary: 'Test a provider',
    more: 'One tiny call. When it fails, the answer has the provider’s own words.',
    body: {},
    answer: { ok: true, model: 'llama3.2:3b', tookMs: 412, said: null, advice: null },
  },
  adminProviderModels: {
    summary: 'List what a provider offers',
    more: 'Its models, with what it says of them.',
    answer: page({
      model: 'llama3.2:3b',
      contextTokens: 131_072,
      outputTokensMax: null,
      capabilities: { tools: true },
      priced: true,
      chosenAs: ['llama'],
    }),
  },
  adminModels: { summary: 'List the models in use', more: 'Those that plans may open.', answer: page(example.adminModel) },
  adminFailedCalls: {
    summary: 'List calls of models that failed',
    more: 'The newest 50, in the providers’ own words without keys; of one answer, with `messageId`. They are kept for 30 days.',
    answer: page({
      failedAt: '2026-01-01T00:00:00.000Z',
      provider: 'cellar',
      model: 'llama',
      attempt: 1,
      code: 'upstream_rejected',
      status: 404,
      said: '404: {"error":{"message":"model \'llama3.2:3b\' not found"}}',
      messageId: null,
    } as const),
  },
  adminLessons: {
    summary: 'List what refusals taught',
    more: 'How a model wants to be asked, where its provider refused a parameter and the same call without it succeeded.',
    answer: page({
      id: '01a22478-f99a-714d-a10a-6b53baf90f37',
      baseUrl: 'http://127.0.0.1:11434/v1',
      model: 'llama3.2:3b',
      lesson: { maxTokens: 'max_completion_tokens' },
      learnedAt: '2026-01-01T00:00:00.000Z',
    }),
  },
  adminForgetLesson: { summary: 'Forget a lesson', more: 'The model is asked as its name and its provider say; another refusal teaches it anew.' },
  adminUpdateModels: {
    summary: 'Choose models',
    more: 'Adds, changes and removes models at once, or none of it.',
    body: { set: [{ id: 'llama', provider: 'cellar', model: 'llama3.2:3b', tier: 'economy' }] },
    answer: page(example.adminModel),
  },
  ...memoryOperations,
}
