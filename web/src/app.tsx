import { QueryClientProvider } from '@tanstack/react-query'
import { Outlet, RouterProvider, createRootRoute, createRoute, createRouter, lazyRouteComponent, notFound, redirect } from '@tanstack/react-router'
import { useEffect } from 'react'
import type { CheckoutOutcome } from '#features/billing/checkout-return.tsx'
import type { UsageSearch } from '#features/billing/usage-page.tsx'
import { asDay } from '#lib/days.ts'
import { instanceQuery, useInstance } from '#lib/instance.ts'
import { keepConnected } from '#lib/connection.ts'
import { adoptLanguage, useLanguage } from '#words/language.ts'
import { keepFragment } from '#lib/link-token.ts'
import { queryClient } from '#lib/query.ts'
import { accessToken, remembered, session } from '#lib/session.ts'
import { parseUrl } from '#lib/url.ts'
import { showBrand } from '#ui/brand.ts'
import { Toaster } from '#ui/toast.tsx'
import { Identity } from './identity.tsx'
import { Failure, NotFound, Starting } from './failure.tsx'
import { loadBeside } from './beside-page.ts'
import type { AuditSearch } from '#features/admin/audit.tsx'
import type { InstallationUsageSearch } from './installation-usage.tsx'

const rootRoute = createRootRoute({ component: Outlet, notFoundComponent: NotFound })

/** Pages that lead on themselves: as `next` they would lead where their own says. */
const guestPaths = /^\/+(sign-(in|up)|forgot-password)(\/|$)/i
type Next = { next?: string | undefined }
/** Only a path of ours: a link to the sign-in page must not lead elsewhere afterwards. Read as the browser reads it, which drops tabs. */
function nextOf({ next }: Record<string, unknown>): Next {
  if (typeof next !== 'string' || !next.startsWith('/')) return {}
  const url = parseUrl(next, location.origin)
  if (!url) return {}
  const { origin, pathname, search, hash } = url
  const isOurs = origin === location.origin && !pathname.startsWith('//') && !guestPaths.test(pathname)
  return isOurs ? { next: pathname + search + hash } : {}
}

const signedIn = () => session.get().status === 'signed-in'

/** Jarvis cannot be reached: who was here may see what they read before. */
async function asRemembered(): Promise<boolean> {
  const user = await (await import('#lib/offline/kept.ts')).personKept()
  if (user) remembered(user)
  return user !== null
}

type Going = { location: { href: string; pathname: string } }

/** The page that somebody is led away from, to go on there afterwards. */
function wanted({ location: { href } }: Going): Next {
  keepFragment()
  const [next = '/'] = href.split('#')
  return next === '/' ? {} : { next }
}

/** @throws a redirect for a person who is not signed in; the page they wanted is kept */
async function requireSignedIn(going: Going) {
  await accessToken().catch(async (error: unknown) => {
    if (session.get().status !== 'signed-out' && !(await asRemembered())) throw error
  })
  if (signedIn()) return
  const instance = await queryClient.ensureQueryData(instanceQuery)
  throw redirect({ to: instance.firstUser ? '/sign-up' : '/sign-in', search: wanted(going) })
}

/** @throws a redirect, also for a person who has something to do first */
async function requireUser(going: Going) {
  await requireSignedIn(going)
  const state = session.get()
  if (state.status !== 'signed-in') return
  if (state.user.factorRequired) throw redirect({ to: '/second-factor' })
  // Who governs can take back what everybody is asked.
  if (!state.user.termsRequired || (state.user.role === 'admin' && going.location.pathname.startsWith('/admin'))) return
  throw redirect({ to: '/terms', search: wanted(going) })
}

/** Reads `next` again: in a chain of redirects it may come here as no route has read it. */
async function skipWhenSignedIn({ search }: { search: Next }) {
  await accessToken().catch(() => undefined)
  if (signedIn()) throw redirect({ href: nextOf(search).next ?? '/' })
}

const guest = { getParentRoute: () => rootRoute, validateSearch: nextOf, beforeLoad: skipWhenSignedIn }
const signInRoute = createRoute({
  ...guest,
  path: '/sign-in',
  component: lazyRouteComponent(() => import('#features/accounts/sign-in-page.tsx'), 'SignInPage'),
})
const signUpRoute = createRoute({
  ...guest,
  path: '/sign-up',
  component: lazyRouteComponent(() => import('#features/accounts/sign-up-page.tsx'), 'SignUpPage'),
})

const forgotPasswordRoute = createRoute({
  ...guest,
  path: '/forgot-password',
  component: lazyRouteComponent(() => import('#features/accounts/forgot-password-page.tsx'), 'ForgotPasswordPage'),
})
/** Links of letters: they are opened in whatever browser, signed in or not. */
const letterRoutes = [
  createRoute({
    getParentRoute: () => rootRoute,
    path: '/reset-password',
    component: lazyRouteComponent(() => import('#features/accounts/reset-password-page.tsx'), 'ResetPasswordPage'),
  }),
  createRoute({
    getParentRoute: () => rootRoute,
    path: '/verify-email',
    component: lazyRouteComponent(() => import('#features/accounts/verify-email-page.tsx'), 'VerifyEmailPage'),
  }),
] as const

/** For who is signed in: it stays while recovery codes are shown, when nothing is needed any more. */
const secondFactorRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/second-factor',
  beforeLoad: requireSignedIn,
  component: lazyRouteComponent(() => import('./second-factor-page.tsx'), 'SecondFactorPage'),
})

/** For anybody to read; who has yet to accept them answers here. */
const termsRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/terms',
  validateSearch: nextOf,
  // Who comes by a link may be signed in.
  beforeLoad: () => accessToken().then(undefined, () => undefined),
  component: lazyRouteComponent(() => import('./terms-page.tsx'), 'TermsPage'),
})

/** For anybody who has the link, signed in or not. */
const sharedRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/shared/$token',
  component: lazyRouteComponent(() => import('#features/chat/shared-page.tsx'), 'SharedPage'),
})

const userRoute = createRoute({
  getParentRoute: () => rootRoute,
  id: 'user',
  beforeLoad: requireUser,
  component: lazyRouteComponent(() => {
    loadBeside()
    return import('./shell.tsx')
  }, 'Shell'),
  notFoundComponent: NotFound,
})
/** Whatever no page has: the shell stays. */
const elsewhereRoute = createRoute({ getParentRoute: () => userRoute, path: '$', component: NotFound })
/** A message to go to, as one that a search found. */
const soughtOf = ({ message }: Record<string, unknown>): { message?: string } => (typeof message === 'string' ? { message } : {})

// One route component for every conversation, the new one too: going from one to the next keeps the page and its focus.
const chatRoute = createRoute({
  getParentRoute: () => userRoute,
  id: 'chat',
  component: lazyRouteComponent(() => import('#features/chat/chat-page.tsx'), 'ChatPage'),
})
const newChatRoute = createRoute({ getParentRoute: () => chatRoute, path: '/' })
const conversationRoute = createRoute({ getParentRoute: () => chatRoute, path: '/c/$conversationId', validateSearch: soughtOf })
const memoryRoute = createRoute({
  getParentRoute: () => userRoute,
  path: '/memory',
  component: lazyRouteComponent(() => import('#features/memory/memory-page.tsx'), 'MemoryPage'),
})
const settingsRoute = createRoute({
  getParentRoute: () => userRoute,
  path: '/settings',
  component: lazyRouteComponent(() => import('#features/settings/settings-page.tsx'), 'SettingsPage'),
})
const organisationRoute = createRoute({
  getParentRoute: () => userRoute,
  path: '/organisation',
  component: lazyRouteComponent(() => import('#features/organisation/organisation-page.tsx'), 'OrganisationPage'),
})
const joinRoute = createRoute({
  getParentRoute: () => userRoute,
  path: '/join',
  component: lazyRouteComponent(() => import('#features/organisation/join-page.tsx'), 'JoinPage'),
})
const planRoute = createRoute({
  getParentRoute: () => userRoute,
  path: '/plan',
  validateSearch: ({ checkout }): { checkout?: CheckoutOutcome } => (checkout === 'success' || checkout === 'cancelled' ? { checkout } : {}),
  component: lazyRouteComponent(() => import('#features/billing/plan-page.tsx'), 'PlanPage'),
})
const usageRoute = createRoute({
  getParentRoute: () => userRoute,
  path: '/usage',
  validateSearch: ({ from, to, group }): UsageSearch => ({
    from: asDay(from),
    to: asDay(to),
    group: (['day', 'model', 'conversation', 'key'] as const).find((name) => name === group),
  }),
  component: lazyRouteComponent(() => import('#features/billing/usage-page.tsx'), 'UsagePage'),
})

/** A person who may not see it meets what is shown for a page that is not there. */
function requireAdmin() {
  const state = session.get()
  if (state.status !== 'signed-in' || state.user.role !== 'admin') throw notFound()
}

const adminRoute = createRoute({
  getParentRoute: () => userRoute,
  path: '/admin',
  beforeLoad: requireAdmin,
  component: lazyRouteComponent(() => import('#features/admin/admin-page.tsx'), 'AdminPage'),
})
const adminRoutes = [
  createRoute({
    getParentRoute: () => adminRoute,
    path: '/',
    component: lazyRouteComponent(() => import('#features/admin/overview.tsx'), 'Overview'),
  }),
  createRoute({
    getParentRoute: () => adminRoute,
    path: '/users',
    component: lazyRouteComponent(() => import('#features/admin/users.tsx'), 'Users'),
  }),
  createRoute({
    getParentRoute: () => adminRoute,
    path: '/organisations',
    component: lazyRouteComponent(() => import('#features/admin/organisations.tsx'), 'AdminOrganisations'),
  }),
  createRoute({
    getParentRoute: () => adminRoute,
    path: '/usage',
    validateSearch: ({ from, to, group, userId }): InstallationUsageSearch => ({
      from: asDay(from),
      to: asDay(to),
      group: (['day', 'user', 'model', 'plan'] as const).find((name) => name === group),
      userId: typeof userId === 'string' ? userId : undefined,
    }),
    component: lazyRouteComponent(() => import('./installation-usage.tsx'), 'InstallationUsage'),
  }),
  createRoute({
    getParentRoute: () => adminRoute,
    path: '/models',
    component: lazyRouteComponent(() => import('#features/admin/models.tsx'), 'AdminModels'),
  }),
  createRoute({
    getParentRoute: () => adminRoute,
    path: '/audit',
    validateSearch: ({ action }): AuditSearch => ({ action: typeof action === 'string' ? action : undefined }),
    // A link that names another action, or none, begins anew; what is typed is not in the address.
    remountDeps: ({ search }) => search,
    component: lazyRouteComponent(() => import('#features/admin/audit.tsx'), 'Audit'),
  }),
  createRoute({
    getParentRoute: () => adminRoute,
    path: '/privacy',
    component: lazyRouteComponent(() => import('#features/admin/privacy.tsx'), 'AdminPrivacy'),
  }),
  createRoute({
    getParentRoute: () => adminRoute,
    path: '/guard',
    component: lazyRouteComponent(() => import('#features/admin/guard.tsx'), 'AdminGuard'),
  }),
  createRoute({
    getParentRoute: () => adminRoute,
    path: '/health',
    component: lazyRouteComponent(() => import('#features/admin/health.tsx'), 'AdminHealth'),
  }),
  createRoute({
    getParentRoute: () => adminRoute,
    path: '/announcements',
    component: lazyRouteComponent(() => import('#features/admin/announcements.tsx'), 'AdminAnnouncements'),
  }),
  createRoute({
    getParentRoute: () => adminRoute,
    path: '/terms',
    component: lazyRouteComponent(() => import('#features/admin/terms.tsx'), 'AdminTerms'),
  }),
  createRoute({
    getParentRoute: () => adminRoute,
    path: '/settings',
    component: lazyRouteComponent(() => import('#features/admin/settings.tsx'), 'AdminSettings'),
  }),
] as const

const router = createRouter({
  routeTree: rootRoute.addChildren([
    signInRoute,
    signUpRoute,
    forgotPasswordRoute,
    ...letterRoutes,
    secondFactorRoute,
    termsRoute,
    sharedRoute,
    userRoute.addChildren([
      chatRoute.addChildren([newChatRoute, conversationRoute]),
      elsewhereRoute,
      memoryRoute,
      settingsRoute,
      organisationRoute,
      joinRoute,
      planRoute,
      usageRoute,
      adminRoute.addChildren([...adminRoutes]),
    ]),
  ]),
  // What no route has checked is not there: without this, `next` would be in the search although `nextOf` left it out.
  search: { strict: true },
  defaultErrorComponent: Failure,
  defaultPendingComponent: Starting,
  defaultPreload: 'intent',
})

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router
  }
}

let person: string | null = null
let access: string | null = null
/** What the account says; only what is new there goes before what is chosen here. */
let spoken: string | null = null

// Signing in or out, here or in another tab, runs the guards again; so does another role, which may close the page one is on,
// and what a person has to do before they go on.
session.subscribe(() => {
  const state = session.get()
  const user = state.status === 'signed-in' ? state.user : null
  const [nextPerson, nextAccess] = [user?.id ?? null, user && user.role + user.factorRequired + user.termsRequired]
  if (user?.language && user.language !== spoken) void adoptLanguage(user.language)
  spoken = user?.language ?? null
  if (nextPerson === person && nextAccess === access) return
  if (nextPerson !== person && person !== null) queryClient.clear()
  person = nextPerson
  access = nextAccess
  void router.invalidate()
})
keepConnected()
void import('#lib/offline/kept.ts').then(({ keepWhatIsRead }) => keepWhatIsRead()).catch(() => undefined)

/** Name, logo and colour of the installation. */
function Branded() {
  const branding = useInstance()?.branding
  useEffect(() => branding && showBrand(branding), [branding])
  return null
}

export function App() {
  return (
    // Another language draws the page anew: what is said is asked for while it is drawn.
    <QueryClientProvider key={useLanguage()} client={queryClient}>
      <RouterProvider router={router} />
      <Toaster />
      <Identity />
      <Branded />
    </QueryClientProvider>
  )
}
