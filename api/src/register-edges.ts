import { fileURLToPath } from 'node:url'
import { accountRoutes, factorRoutes } from '#features/accounts/edge.ts'
import { refreshLifetimeSeconds } from '#features/accounts/index.ts'
import { adminRoutes } from '#features/admin/edge.ts'
import { screenshotRoutes, toolRoutes } from '#features/agent/edge.ts'
import { billingRoutes, subscriptionRoutes } from '#features/billing/edge.ts'
import { brandingRoutes } from '#features/branding/edge.ts'
import { planRoutes } from '#features/plans/edge.ts'
import { chatFrames, chatRoutes } from '#features/chat/edge.ts'
import { framesOf, personTold, readTold } from '#features/chat/index.ts'
import { fileRoutes } from '#features/files/edge.ts'
import { signOnRoutes } from '#features/identity/edge.ts'
import { importRoutes } from '#features/imports/edge.ts'
import { aguiRoutes, mcpRoutes } from '#features/gateway/edge.ts'
import { memoryRoutes } from '#features/memory/edge.ts'
import { noticeRoutes } from '#features/notices/edge.ts'
import { organisationRoutes } from '#features/organisations/edge.ts'
import { privacyRoutes } from '#features/privacy/edge.ts'
import { promptRoutes } from '#features/prompts/edge.ts'
import { providerRoutes } from '#features/providers/edge.ts'
import { pushRoutes } from '#features/push/edge.ts'
import { modelRoutes } from '#features/router/edge.ts'
import { scimRoutes, scimTokenRoutes } from '#features/scim/edge.ts'
import { sharingRoutes } from '#features/sharing/edge.ts'
import { runRoutes } from '#features/runs/edge.ts'
import { v1Routes } from '#features/v1/edge.ts'
import { voiceRoutes } from '#features/voice/edge.ts'
import { registerHeavyReads } from '#http/heavy-reads.ts'
import { auditKeyRefusals } from '#http/key-refusals.ts'
import { createIdempotencyStore } from '#http/idempotency-store.ts'
import { registerIdempotency } from '#http/idempotency.ts'
import { admit } from '#http/rate-limit.ts'
import type { Server } from '#http/server.ts'
import { registerSocket } from '#http/socket.ts'
import { registerWebApp } from '#http/web-app.ts'
import { userChanged } from '#ports/access/index.ts'
import { itemsOf } from '#lib/items-of.ts'
import type { Caller } from '#lib/caller.ts'
import type { Log } from '#lib/log.ts'
import { version } from '#lib/version.ts'
import type { Config } from './config.ts'
import type { Features } from './create-features.ts'
import type { Ports } from './open-ports.ts'

const webDirectory = fileURLToPath(new URL('../../web/dist', import.meta.url))

type EdgeDeps = { config: Config; ports: Ports; features: Features; log: Log }

/** Routes, sockets and the web app: what a process with the role `api` answers. Returns its open sockets. */
export async function registerEdges(server: Server, { config, ports, features, log }: EdgeDeps) {
  const {
    accounts,
    admin,
    agent,
    audit,
    billing,
    branding,
    chat,
    erasure,
    files,
    guard,
    identity,
    imports,
    memory,
    notices,
    organisations,
    policies,
    privacy,
    prompts,
    plans,
    providers,
    push,
    router,
    runs,
    screenshots,
    scim,
    sharing,
    subscriptions,
    v1,
    voice,
  } = features
  const { limits, signals } = ports
  const { windowsOf } = plans
  registerHeavyReads(server)
  const auditKeyRefusal = auditKeyRefusals(server, { limits, audit: audit.recordAlone })
  registerIdempotency(server, createIdempotencyStore(ports.database))
  const sockets = registerSocket(server, {
    authenticate: accounts.authenticate,
    user: accounts.me,
    tracing: ports.tracing,
    handlers: chatFrames({ chat, runs }),
    hold: ports.access.hold,
    auditKeyRefusal,
    onUserChanged: (listener) => signals.subscribe(userChanged, listener),
    onEverybodyChanged: notices.terms.onPublished,
    onEverybodyTold: (listener) => notices.announcements.watch((items) => listener({ type: 'announcements', items })),
    onTold: (listener) =>
      signals.subscribe(personTold, (payload) => {
        const told = readTold(payload)
        listener(told.userId, () => framesOf(ports.database, told))
      }),
    log,
  })
  await server.register(
    accountRoutes({
      accounts,
      limits,
      addressPerMinute: config.addressPerMinute,
      secureCookies: config.secureCookies,
      instance: async () => ({
        version,
        practiceModel: providers.isPractice(),
        billing: ports.payments.enabled,
        branding: await branding.current(),
      }),
      erase: ({ userId }, origin) => erasure.erase(userId, { origin }),
      exportAll: (caller) => exportAll(caller, features),
    }),
  )
  await server.register(factorRoutes(accounts.factors))
  await server.register(
    signOnRoutes({
      identity,
      limits,
      addressPerMinute: config.addressPerMinute.login,
      secureCookies: config.secureCookies,
      refreshSeconds: refreshLifetimeSeconds,
      publicUrl: config.publicUrl,
    }),
  )
  await server.register(chatRoutes({ chat, limits, windowsOf }))
  await server.register(promptRoutes({ prompts }))
  await server.register(pushRoutes(push))
  await server.register(runRoutes(runs))
  await server.register(modelRoutes(router))
  await server.register(toolRoutes(policies))
  await server.register(screenshotRoutes(screenshots))
  await server.register(aguiRoutes({ chat, files, runs, limits, windowsOf }))
  await server.register(
    mcpRoutes({
      agent,
      memory,
      isHarmless: (text) => guard.inspect(text, 'tool_output').action === 'allow',
      admit: (caller, reply) => admit(limits, windowsOf(caller), reply),
      audit: audit.recordAlone,
      version,
    }),
  )
  await server.register(v1Routes({ v1, limits, windowsOf, tokensOf: (plan) => plans.of(plan).tokensPerCycle }), { prefix: '/v1' })
  await server.register(voiceRoutes({ voice, limits, windowsOf }))
  await server.register(fileRoutes(files))
  await server.register(importRoutes(imports))
  await server.register(memoryRoutes(memory))
  await server.register(
    billingRoutes({ billing, limitsOf: plans.of, modelsOf: router.modelsOf, toolsOf: agent.toolsOf, pricesOf: subscriptions.pricesOf }),
  )
  await server.register(subscriptionRoutes({ subscriptions, limits }))
  await server.register(adminRoutes(admin))
  await server.register(organisationRoutes(organisations))
  await server.register(sharingRoutes(sharing))
  await server.register(privacyRoutes(privacy))
  await server.register(noticeRoutes(notices))
  await server.register(brandingRoutes(branding))
  await server.register(planRoutes(plans))
  await server.register(scimTokenRoutes(scim))
  await server.register(scimRoutes({ scim, publicUrl: config.publicUrl }), { prefix: '/scim/v2' })
  await server.register(providerRoutes(providers))
  await registerWebApp(server, webDirectory)
  return sockets
}

const exportAll = async (
  caller: Caller,
  { accounts, billing, chat, files, identity, memory, notices, organisations, privacy, prompts, push, scim, subscriptions, v1 }: Features,
) => ({
  user: await accounts.me(caller),
  sessions: await accounts.sessions(caller),
  apiKeys: await accounts.apiKeys(caller),
  factors: await accounts.factors.state(caller),
  passkeys: await accounts.factors.passkeys.list(caller),
  identities: await identity.list(caller),
  terms: await notices.terms.acceptedBy(caller.userId),
  organisation: await organisations.exportOf(caller.userId),
  directory: await scim.exportOf(caller.userId),
  folders: (await chat.folders.list(caller)).items.filter(({ sharedBy }) => sharedBy === null),
  notifications: await push.exportOf(caller.userId),
  prompts: (await prompts.list(caller)).items.filter(({ own }) => own),
  conversations: chat.conversations.exportAll(caller),
  files: itemsOf((cursor) => files.list(caller.userId, { limit: 200, cursor, own: true })),
  responses: v1.responses.exportAll(caller),
  memories: itemsOf((cursor) => memory.list(caller.userId, { limit: 200, cursor })),
  access: privacy.exportOf(caller.userId),
  usage: await billing.usage(caller, { group: 'day', from: new Date(0).toISOString() }),
  subscription: await subscriptions.current(caller),
})
