import { AdminHealth } from './admin-health.ts'
import { z } from 'zod'
import { Instance, LoginBody, PasswordBody, ProfileBody, RefreshBody, RegisterBody, Session, SignedIn, TransportQuery, User } from './accounts.ts'
import {
  Accepted,
  Conversation,
  CreateConversationBody,
  ListedConversation,
  Message,
  Model,
  Run,
  SendBody,
  Tool,
  UpdateConversationBody,
} from './chat.ts'
import {
  AdminStats,
  AdminTool,
  AdminToolBody,
  AdminUsageQuery,
  AdminUsageReport,
  AdminUser,
  AdminUsersQuery,
  AuditExportQuery,
  AuditEntry,
  AuditQuery,
  AuditVerification,
  InstallationSettings,
  InstallationSettingsBody,
  UpdateUserBody,
} from './admin.ts'
import { announcementEndpoints } from './announcements.ts'
import { ApiKey, ApiKeyBody, NewApiKey } from './api-keys.ts'
import { ResumeBody, Resumed, StandingApproval, ToolPolicyBody } from './approvals.ts'
import { factorEndpoints } from './factors.ts'
import { fileEndpoints } from './files.ts'
import { brandingEndpoints } from './branding.ts'
import { billingEndpoints } from './billing-endpoints.ts'
import { folderEndpoints } from './folders.ts'
import { importEndpoints } from './imports.ts'
import { promptEndpoints } from './prompts.ts'
import { pushEndpoints } from './push.ts'
import { identityEndpoints } from './identity-endpoints.ts'
import { memoryEndpoints } from './memory-endpoints.ts'
import { guardEndpoints } from './guard.ts'
import { invitationEndpoints } from './invitations.ts'
import { modelAdminEndpoints } from './model-admin-endpoints.ts'
import { organisationEndpoints } from './organisation-endpoints.ts'
import { passkeyEndpoints } from './passkey-endpoints.ts'
import { peopleEndpoints } from './people-endpoints.ts'
import { Plan } from './plans.ts'
import { privacyEndpoints } from './privacy-endpoints.ts'
import { Id, PageQuery, page, text, wholeList } from './text.ts'
import { scimEndpoints } from './scim-endpoints.ts'
import { shareEndpoints } from './shares.ts'
import { signOnEndpoints } from './sign-on-endpoints.ts'
import { termsEndpoints } from './terms.ts'
import { turnEndpoints } from './turn-endpoints.ts'
import { voiceEndpoints } from './voice.ts'
import { UsageQuery, UsageReport } from './usage.ts'

const byId = z.strictObject({ id: Id })
const byName = z.strictObject({ name: text(100) })
const nothing = z.null().describe('No content')

/** What has a share of a process by person: see `http/heavy-reads.ts`. */
export type HeavyRead = 'search' | 'recall' | 'report' | 'export' | 'upload'

const anyone = ['anyone'] as const
const person = ['person'] as const
const admin = ['admin'] as const
/** A signed-in person, or a program with a key of theirs. */
const keyed = { any: ['person', 'key'], chat: ['person', 'key:chat'] } as const

/** Every REST endpoint as data: a Fastify route without its handler, and who may call it. The server spreads it, the client calls it, both are typed by it. */
export const endpoints = {
  instance: { method: 'GET', url: '/api/v1/instance', config: { who: anyone }, schema: { tags: ['accounts'], response: { 200: Instance } } },

  register: {
    method: 'POST',
    url: '/api/v1/auth/register',
    config: { who: anyone },
    schema: { tags: ['accounts'], querystring: TransportQuery, body: RegisterBody, response: { 201: SignedIn } },
  },
  login: {
    method: 'POST',
    url: '/api/v1/auth/login',
    config: { who: anyone },
    schema: { tags: ['accounts'], querystring: TransportQuery, body: LoginBody, response: { 200: SignedIn } },
  },
  refresh: {
    method: 'POST',
    url: '/api/v1/auth/refresh',
    config: { who: anyone },
    schema: { tags: ['accounts'], querystring: TransportQuery, body: RefreshBody, response: { 200: SignedIn } },
  },
  logout: {
    method: 'POST',
    url: '/api/v1/auth/logout',
    config: { who: anyone },
    schema: { tags: ['accounts'], body: RefreshBody, response: { 204: nothing } },
  },
  sessions: {
    method: 'GET',
    url: '/api/v1/auth/sessions',
    config: { who: person },
    schema: wholeList('accounts', Session),
  },
  endSession: {
    method: 'DELETE',
    url: '/api/v1/auth/sessions/:id',
    config: { who: person },
    schema: { tags: ['accounts'], params: byId, response: { 204: nothing } },
  },
  changePassword: {
    method: 'POST',
    url: '/api/v1/auth/password',
    config: { who: person },
    schema: { tags: ['accounts'], body: PasswordBody, response: { 204: nothing } },
  },
  ...identityEndpoints,
  ...factorEndpoints,
  ...passkeyEndpoints,
  ...signOnEndpoints,
  ...invitationEndpoints,
  ...privacyEndpoints,
  ...announcementEndpoints,
  ...termsEndpoints,
  ...brandingEndpoints,
  ...guardEndpoints,

  me: { method: 'GET', url: '/api/v1/me', config: { who: keyed.any, beforeFactor: true }, schema: { tags: ['accounts'], response: { 200: User } } },
  updateMe: {
    method: 'PATCH',
    url: '/api/v1/me',
    config: { who: person },
    schema: { tags: ['accounts'], body: ProfileBody, response: { 200: User } },
  },
  deleteMe: {
    method: 'DELETE',
    url: '/api/v1/me',
    config: { who: person, beforeTerms: true },
    schema: {
      tags: ['accounts'],
      description:
        '204 when nothing of the person is left. 202 when the account is closed and what is left goes on being erased, as when a store is away.',
      response: { 202: nothing, 204: nothing },
    },
  },
  exportMe: {
    method: 'GET',
    url: '/api/v1/me/export',
    config: { who: person, heavy: 'export', beforeTerms: true },
    schema: { tags: ['accounts'], response: { 200: z.record(z.string(), z.unknown()) } },
  },
  conversations: {
    method: 'GET',
    url: '/api/v1/conversations',
    config: { who: keyed.chat, heavy: 'search' },
    schema: {
      tags: ['chat'],
      querystring: PageQuery.extend({
        q: text(200).optional(),
        archived: z.enum(['true', 'false']).default('false'),
        pinned: z.enum(['true', 'false']).optional(),
        folderId: Id.optional(),
      }),
      response: { 200: page(ListedConversation) },
    },
  },
  createConversation: {
    method: 'POST',
    url: '/api/v1/conversations',
    config: { who: keyed.chat },
    schema: { tags: ['chat'], body: CreateConversationBody, response: { 201: Conversation } },
  },
  conversation: {
    method: 'GET',
    url: '/api/v1/conversations/:id',
    config: { who: keyed.chat },
    schema: { tags: ['chat'], params: byId, response: { 200: Conversation } },
  },
  updateConversation: {
    method: 'PATCH',
    url: '/api/v1/conversations/:id',
    config: { who: keyed.chat },
    schema: { tags: ['chat'], params: byId, body: UpdateConversationBody, response: { 200: Conversation } },
  },
  deleteConversation: {
    method: 'DELETE',
    url: '/api/v1/conversations/:id',
    config: { who: keyed.chat },
    schema: {
      tags: ['chat'],
      params: byId,
      querystring: z.strictObject({
        forget: z
          .enum(['true', 'false'])
          .optional()
          .describe('`true` also forgets what Jarvis remembers of the person from this conversation. Not for API keys.'),
      }),
      response: { 204: nothing },
    },
  },
  messages: {
    method: 'GET',
    url: '/api/v1/conversations/:id/messages',
    config: { who: keyed.chat },
    schema: {
      tags: ['chat'],
      description:
        'The newest messages of the tree, oldest of them first; `nextCursor` leads to the page before them. A parent stands before its children, so it may be on an older page.',
      params: byId,
      querystring: z.strictObject({ limit: z.coerce.number().int().min(1).max(1000).default(50), cursor: text(200).optional() }),
      response: { 200: page(Message) },
    },
  },
  send: {
    method: 'POST',
    url: '/api/v1/conversations/:id/messages',
    config: { who: keyed.chat },
    schema: { tags: ['chat'], params: byId, body: SendBody, response: { 202: Accepted } },
  },
  ...turnEndpoints,
  ...folderEndpoints,
  ...promptEndpoints,
  ...pushEndpoints,
  ...importEndpoints,
  ...fileEndpoints,
  ...shareEndpoints,
  ...memoryEndpoints,

  run: { method: 'GET', url: '/api/v1/runs/:id', config: { who: keyed.chat }, schema: { tags: ['chat'], params: byId, response: { 200: Run } } },
  cancelRun: {
    method: 'POST',
    url: '/api/v1/runs/:id/cancel',
    config: { who: keyed.chat },
    schema: { tags: ['chat'], params: byId, response: { 202: Run } },
  },

  resumeRun: {
    method: 'POST',
    url: '/api/v1/runs/:id/resume',
    config: { who: person },
    schema: { tags: ['chat'], params: byId, body: ResumeBody, response: { 202: Resumed } },
  },

  models: {
    method: 'GET',
    url: '/api/v1/models',
    config: { who: keyed.any },
    schema: wholeList('chat', Model),
  },
  tools: {
    method: 'GET',
    url: '/api/v1/tools',
    config: { who: keyed.any },
    schema: wholeList('chat', Tool),
  },
  setToolPolicy: {
    method: 'PATCH',
    url: '/api/v1/tools/:name',
    config: { who: person },
    schema: { tags: ['chat'], params: byName, body: ToolPolicyBody, response: { 200: Tool } },
  },
  approvals: {
    method: 'GET',
    url: '/api/v1/approvals',
    config: { who: keyed.any },
    schema: wholeList('chat', StandingApproval),
  },
  revokeApproval: {
    method: 'DELETE',
    url: '/api/v1/approvals/:id',
    config: { who: person },
    schema: { tags: ['chat'], params: byId, response: { 204: nothing } },
  },

  plans: {
    method: 'GET',
    url: '/api/v1/plans',
    config: { who: keyed.any },
    schema: wholeList('billing', Plan),
  },
  usage: {
    method: 'GET',
    url: '/api/v1/usage',
    config: { who: keyed.any, heavy: 'report' },
    schema: { tags: ['billing'], querystring: UsageQuery, response: { 200: UsageReport } },
  },
  ...billingEndpoints,

  apiKeys: {
    method: 'GET',
    url: '/api/v1/api-keys',
    config: { who: person },
    schema: wholeList('accounts', ApiKey),
  },
  createApiKey: {
    method: 'POST',
    url: '/api/v1/api-keys',
    config: { who: person, tellsSecret: true },
    schema: { tags: ['accounts'], body: ApiKeyBody, response: { 201: NewApiKey } },
  },
  deleteApiKey: {
    method: 'DELETE',
    url: '/api/v1/api-keys/:id',
    config: { who: person },
    schema: { tags: ['accounts'], params: byId, response: { 204: nothing } },
  },

  adminUsers: {
    method: 'GET',
    url: '/api/v1/admin/users',
    config: { who: admin, heavy: 'report' },
    schema: { tags: ['admin'], querystring: AdminUsersQuery, response: { 200: page(AdminUser) } },
  },
  ...peopleEndpoints,
  ...organisationEndpoints,
  ...scimEndpoints,
  adminUpdateUser: {
    method: 'PATCH',
    url: '/api/v1/admin/users/:id',
    config: { who: admin },
    schema: { tags: ['admin'], params: byId, body: UpdateUserBody, response: { 200: AdminUser } },
  },
  adminUsage: {
    method: 'GET',
    url: '/api/v1/admin/usage',
    config: { who: admin, heavy: 'report' },
    schema: { tags: ['admin'], querystring: AdminUsageQuery, response: { 200: AdminUsageReport } },
  },
  adminHealth: {
    method: 'GET',
    url: '/api/v1/admin/health',
    config: { who: admin },
    schema: {
      tags: ['admin'],
      description: 'Engines, line, backups, models that are left alone, upkeep and versions, as they are now. Null is what could not be read.',
      response: { 200: AdminHealth },
    },
  },
  adminStats: {
    method: 'GET',
    url: '/api/v1/admin/stats',
    config: { who: admin, heavy: 'report' },
    schema: { tags: ['admin'], response: { 200: AdminStats } },
  },
  adminAudit: {
    method: 'GET',
    url: '/api/v1/admin/audit',
    config: { who: admin, heavy: 'report' },
    schema: { tags: ['admin'], querystring: AuditQuery, response: { 200: page(AuditEntry) } },
  },
  adminExportAudit: {
    method: 'GET',
    url: '/api/v1/admin/audit/export',
    config: { who: admin, heavy: 'export' },
    schema: {
      tags: ['admin'],
      description: 'All rows that fit, as a stream. It is audited itself, with what was asked for.',
      querystring: AuditExportQuery,
      response: { 200: z.string() },
    },
  },
  adminVerifyAudit: {
    method: 'GET',
    url: '/api/v1/admin/audit/verify',
    config: { who: admin, heavy: 'report' },
    schema: { tags: ['admin'], response: { 200: AuditVerification } },
  },
  adminSettings: {
    method: 'GET',
    url: '/api/v1/admin/settings',
    config: { who: admin },
    schema: { tags: ['admin'], response: { 200: InstallationSettings } },
  },
  adminUpdateSettings: {
    method: 'PATCH',
    url: '/api/v1/admin/settings',
    config: { who: admin },
    schema: { tags: ['admin'], body: InstallationSettingsBody, response: { 200: InstallationSettings } },
  },
  adminTools: {
    method: 'GET',
    url: '/api/v1/admin/tools',
    config: { who: admin },
    schema: wholeList('admin', AdminTool),
  },
  adminSetTool: {
    method: 'PATCH',
    url: '/api/v1/admin/tools/:name',
    config: { who: admin },
    schema: { tags: ['admin'], params: byName, body: AdminToolBody, response: { 200: AdminTool } },
  },
  ...modelAdminEndpoints,
  ...voiceEndpoints,
} as const

export type Endpoints = typeof endpoints
