import { QueryClientProvider } from '@tanstack/react-query'
import { Outlet, RouterProvider, createRootRoute, createRoute, createRouter, lazyRouteComponent, redirect } from '@tanstack/react-router'
import { SignInPage } from '#features/accounts/sign-in-page.tsx'
import { SignUpPage } from '#features/accounts/sign-up-page.tsx'
import { instanceQuery } from '#lib/instance.ts'
import { keepConnected } from '#lib/connection.ts'
import { queryClient } from '#lib/query.ts'
import { accessToken, session } from '#lib/session.ts'
import { Toaster } from '#ui/toast.tsx'
import { Failure, NotFound, Starting } from './failure.tsx'

const rootRoute = createRootRoute({ component: Outlet, notFoundComponent: NotFound })

type Next = { next?: string | undefined }
/** Only a path of ours: a link to the sign-in page must not lead elsewhere afterwards. */
const nextOf = (search: Record<string, unknown>): Next =>
  typeof search['next'] === 'string' && /^\/(?![/\\])/.test(search['next']) ? { next: search['next'] } : {}

const signedIn = () => session.get().status === 'signed-in'

/** @throws a redirect for whoever is not signed in; the page they wanted is kept */
async function requireUser({ location }: { location: { href: string } }) {
  await accessToken().catch((error: unknown) => {
    if (session.get().status !== 'signed-out') throw error
  })
  if (signedIn()) return
  const instance = await queryClient.ensureQueryData(instanceQuery)
  const search = location.href === '/' ? {} : { next: location.href }
  throw redirect({ to: instance.firstUser ? '/sign-up' : '/sign-in', search })
}

async function skipWhenSignedIn({ search }: { search: Next }) {
  await accessToken().catch(() => undefined)
  if (signedIn()) throw redirect({ href: search.next ?? '/' })
}

const guest = { getParentRoute: () => rootRoute, validateSearch: nextOf, beforeLoad: skipWhenSignedIn }
const signInRoute = createRoute({ ...guest, path: '/sign-in', component: SignInPage })
const signUpRoute = createRoute({ ...guest, path: '/sign-up', component: SignUpPage })

const userRoute = createRoute({
  getParentRoute: () => rootRoute,
  id: 'user',
  beforeLoad: requireUser,
  component: lazyRouteComponent(() => import('./shell.tsx'), 'Shell'),
})
// One route component for every conversation, the new one too: going from one to the next keeps the page and its focus.
const chatRoute = createRoute({
  getParentRoute: () => userRoute,
  id: 'chat',
  component: lazyRouteComponent(() => import('#features/chat/chat-page.tsx'), 'ChatPage'),
})
const newChatRoute = createRoute({ getParentRoute: () => chatRoute, path: '/' })
const conversationRoute = createRoute({ getParentRoute: () => chatRoute, path: '/c/$conversationId' })
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

const router = createRouter({
  routeTree: rootRoute.addChildren([
    signInRoute,
    signUpRoute,
    userRoute.addChildren([chatRoute.addChildren([newChatRoute, conversationRoute]), memoryRoute, settingsRoute]),
  ]),
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

// Signing in or out, here or in another tab, runs the guards again.
session.subscribe(() => {
  const state = session.get()
  const next = state.status === 'signed-in' ? state.user.id : null
  if (next === person) return
  if (person !== null) queryClient.clear()
  person = next
  void router.invalidate()
})
keepConnected()

export function App() {
  return (
    <QueryClientProvider client={queryClient}>
      <RouterProvider router={router} />
      <Toaster />
    </QueryClientProvider>
  )
}
