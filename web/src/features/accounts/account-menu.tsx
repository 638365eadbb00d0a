import { useNavigate } from '@tanstack/react-router'
import { useQueryClient } from '@tanstack/react-query'
import { BookMarked, ChartColumn, CreditCard, Keyboard, LogOut, Settings, ShieldUser } from 'lucide-react'
import { planNames } from '#lib/plan-names.ts'
import { useUser } from '#lib/session.ts'
import { type Theme, chooseTheme, theme, themes } from '#lib/theme.ts'
import { useStore } from '#lib/store.ts'
import { usageQuery } from '#lib/usage.ts'
import { Badge } from '#ui/badge.tsx'
import { cx } from '#ui/cx.ts'
import { Menu, MenuItem, MenuLine } from '#ui/menu.tsx'
import { signOut } from './sign-out.ts'
import { UsageMeter } from './usage-meter.tsx'

const themeNames: Record<Theme, string> = { system: 'System', light: 'Light', dark: 'Dark' }

export function AccountMenu({ onShortcuts, onLeave }: { onShortcuts: () => void; onLeave: () => void }) {
  const user = useUser()
  const navigate = useNavigate()
  const client = useQueryClient()
  if (!user) return null
  const go = (to: '/memory' | '/plan' | '/usage' | '/settings' | '/admin') => {
    onLeave()
    void navigate({ to })
  }
  return (
    <Menu
      label="Account"
      named
      header={
        <>
          <div className="px-3 pt-2 pb-3">
            <p className="flex items-center gap-2 text-sm text-muted">
              <span className="min-w-0 truncate">{user.email}</span>
              <Badge look="accent">{planNames[user.plan]}</Badge>
            </p>
            <UsageMeter />
          </div>
          <MenuLine />
        </>
      }
      className="w-[17rem]"
      onOpen={() => void client.prefetchQuery(usageQuery())}
      triggerClass="flex min-h-12 w-full items-center gap-3 rounded-lg px-3 text-start hover:bg-hover"
      trigger={
        <>
          <span aria-hidden className="flex size-8 shrink-0 items-center justify-center rounded-full bg-accent text-sm font-semibold text-on-accent">
            {user.name.trim().charAt(0).toUpperCase() || '?'}
          </span>
          <span className="min-w-0 grow truncate font-medium">
            <span className="sr-only">Account: </span>
            {user.name}
          </span>
        </>
      }
    >
      <ThemeChoice />
      <MenuLine />
      <MenuItem icon={<BookMarked />} onClick={() => go('/memory')}>
        Memory
      </MenuItem>
      <MenuItem icon={<CreditCard />} onClick={() => go('/plan')}>
        Plan and billing
      </MenuItem>
      <MenuItem icon={<ChartColumn />} onClick={() => go('/usage')}>
        Usage
      </MenuItem>
      {user.role === 'admin' && (
        <MenuItem icon={<ShieldUser />} onClick={() => go('/admin')}>
          Administration
        </MenuItem>
      )}
      <MenuItem icon={<Settings />} onClick={() => go('/settings')}>
        Settings
      </MenuItem>
      <MenuItem icon={<Keyboard />} onClick={onShortcuts}>
        Keyboard shortcuts
      </MenuItem>
      <MenuLine />
      <MenuItem icon={<LogOut />} onClick={() => void signOut()}>
        Sign out
      </MenuItem>
    </Menu>
  )
}

function ThemeChoice() {
  const chosen = useStore(theme)
  return (
    <div role="group" aria-label="Theme" className="flex gap-1 p-1">
      {themes.map((name) => (
        <button
          key={name}
          type="button"
          role="menuitemradio"
          aria-checked={chosen === name}
          tabIndex={-1}
          onClick={(event) => {
            // The menu stays open: one sees what one chose.
            event.stopPropagation()
            chooseTheme(name)
          }}
          className={cx(
            'min-h-9 grow rounded-lg text-sm touch:min-h-10',
            chosen === name ? 'bg-accent-soft font-medium' : 'text-muted hover:bg-hover',
          )}
        >
          {themeNames[name]}
        </button>
      ))}
    </div>
  )
}
