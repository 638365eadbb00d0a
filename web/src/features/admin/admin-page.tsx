import { Link, Outlet } from '@tanstack/react-router'
import { Page } from '#ui/page.tsx'
import type { English } from '#words/language.ts'
import { say } from '#words/say.ts'

const places = [
  { to: '/admin', name: 'Overview' },
  { to: '/admin/users', name: 'People' },
  { to: '/admin/organisations', name: 'Organisations' },
  { to: '/admin/usage', name: 'Usage' },
  { to: '/admin/models', name: 'Models' },
  { to: '/admin/audit', name: 'Audit' },
  { to: '/admin/privacy', name: 'Privacy' },
  { to: '/admin/announcements', name: 'Announcements' },
  { to: '/admin/terms', name: 'Terms' },
  { to: '/admin/health', name: 'Health' },
  { to: '/admin/settings', name: 'Settings' },
] as const satisfies readonly { to: string; name: English }[]

export function AdminPage() {
  return (
    <Page title={say('Administration')} wide>
      <nav aria-label={say('Administration')} className="-mt-4 -mb-4 flex flex-wrap gap-x-1 gap-y-1 border-b border-line">
        {places.map(({ to, name }) => (
          <Link
            key={to}
            to={to}
            activeOptions={{ exact: true, includeSearch: false }}
            className="-mb-px flex min-h-11 items-center border-b-2 border-transparent px-3 text-muted hover:text-ink"
            activeProps={{ className: 'border-accent! text-ink! font-medium' }}
          >
            {say(name)}
          </Link>
        ))}
      </nav>
      <Outlet />
    </Page>
  )
}
