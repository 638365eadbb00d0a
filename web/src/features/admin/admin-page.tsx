import { Link, Outlet, useLocation } from '@tanstack/react-router'
import { useEffect, useRef } from 'react'
import { cx } from '#ui/cx.ts'
import { Page } from '#ui/page.tsx'
import type { English } from '#words/language.ts'
import { say } from '#words/say.ts'

const places = [
  { to: '/admin', name: 'Overview' },
  { to: '/admin/users', name: 'People' },
  { to: '/admin/organisations', name: 'Organisations' },
  { to: '/admin/usage', name: 'Usage' },
  { to: '/admin/models', name: 'Models' },
  { to: '/admin/guard', name: 'Guard' },
  { to: '/admin/audit', name: 'Audit' },
  { to: '/admin/privacy', name: 'Privacy' },
  { to: '/admin/announcements', name: 'Announcements' },
  { to: '/admin/terms', name: 'Terms' },
  { to: '/admin/health', name: 'Health' },
  { to: '/admin/settings', name: 'Settings' },
] as const satisfies readonly { to: string; name: English }[]

/** Over the edge of a row that goes on there; at its end it is beside the last. */
const edge = 'pointer-events-none sticky z-10 shrink-0 from-paper to-transparent sm:hidden'

export function AdminPage() {
  return (
    <Page title={say('Administration')} wide>
      <Places />
      <Outlet />
    </Page>
  )
}

/** On a phone one row that is scrolled; what it goes on with fades at its edges. */
function Places() {
  const row = useRef<HTMLElement>(null)
  const { pathname } = useLocation()
  useEffect(() => {
    row.current?.querySelector('[aria-current]')?.scrollIntoView({ block: 'nearest', inline: 'center' })
  }, [pathname])
  return (
    <nav
      ref={row}
      aria-label={say('Administration')}
      className="-mx-4 -mt-4 -mb-4 flex gap-x-1 overflow-x-auto shadow-[inset_0_-1px_0_var(--line)] sm:mx-0 sm:flex-wrap sm:gap-y-1 sm:overflow-x-visible"
    >
      <span aria-hidden className={cx(edge, 'start-0 w-4 bg-linear-to-r rtl:bg-linear-to-l')} />
      {places.map(({ to, name }) => (
        <Link
          key={to}
          to={to}
          activeOptions={{ exact: true, includeSearch: false }}
          className="flex min-h-11 shrink-0 items-center border-b-2 border-transparent px-2.5 whitespace-nowrap text-muted -outline-offset-2 hover:text-ink"
          activeProps={{ className: 'border-accent! text-ink! font-medium' }}
        >
          {say(name)}
        </Link>
      ))}
      <span aria-hidden className={cx(edge, 'end-0 w-8 bg-linear-to-l rtl:bg-linear-to-r')} />
    </nav>
  )
}
