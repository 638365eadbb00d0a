import { expect } from 'vitest'
import { QueryClientProvider } from '@tanstack/react-query'
import { RouterProvider, createMemoryHistory, createRootRoute, createRouter } from '@tanstack/react-router'
import axe from 'axe-core'
import type { ReactNode } from 'react'
import { render } from 'vitest-browser-react'
import { queryClient } from './query.ts'

/** Shows something as a page of the app: queries and a router, with nothing behind it but what `serve` says. */
export async function renderPage(element: ReactNode, theme: 'light' | 'dark' = 'light', address = '/') {
  queryClient.clear()
  document.documentElement.dataset['theme'] = theme
  document.documentElement.lang = 'en'
  const router = createRouter({
    routeTree: createRootRoute({ component: () => element }),
    history: createMemoryHistory({ initialEntries: [address] }),
  })
  return render(
    <QueryClientProvider client={queryClient}>
      <RouterProvider router={router as never} />
    </QueryClientProvider>,
  )
}

type Reply = { status?: number; body: unknown }

const realFetch = window.fetch

/** Answers HTTP by path, or by method and path, until it is called again; what is not listed is not found. Returns the requests made. */
export function serve(replies: Record<string, Reply>): { path: string; body: unknown }[] {
  const requests: { path: string; body: unknown }[] = []
  window.fetch = async (input, init) => {
    const { pathname: path, search } = new URL(input instanceof Request ? input.url : input, location.origin)
    if (!path.startsWith('/api/')) return realFetch(input, init)
    requests.push({ path: path + search, body: typeof init?.body === 'string' ? JSON.parse(init.body) : null })
    const { status = 200, body } = replies[path + search] ??
      replies[`${init?.method ?? 'GET'} ${path}`] ??
      replies[path] ?? { status: 404, body: { code: 'not_found', detail: 'Not found' } }
    return Response.json(body, { status })
  }
  return requests
}

/** Faults that axe finds in the page, one line each. */
export async function accessibilityFaults(): Promise<string[]> {
  const passing = document.getAnimations().filter(({ effect }) => effect?.getComputedTiming().endTime !== Infinity)
  await Promise.allSettled(passing.map(({ finished }) => finished))
  const { violations } = await axe.run(document, { rules: { region: { enabled: false }, 'page-has-heading-one': { enabled: false } } })
  return violations.flatMap(({ id, nodes }) => nodes.map(({ target }) => `${id} at ${target.join(' ')}`))
}

/** Waits until what is read stays the same for 20 frames. */
export const atRest = (read: () => string): Promise<void> =>
  expect
    .poll(async () => {
      const before = read()
      for (let frame = 0; frame < 20; frame++) await new Promise(requestAnimationFrame)
      return read() === before
    })
    .toBe(true)
