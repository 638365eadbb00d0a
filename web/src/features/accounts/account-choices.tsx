import { useNavigate } from '@tanstack/react-router'
import { BookMarked, ChartColumn, CreditCard, Keyboard, LogOut, Settings, ShieldUser } from 'lucide-react'
import { useUser } from '#lib/session.ts'
import { useStore } from '#lib/store.ts'
import { type Theme, chooseTheme, theme, themes } from '#lib/theme.ts'
import { cx } from '#ui/cx.ts'
import { MenuItem, MenuLine } from '#ui/menu.tsx'
import { signOut } from './sign-out.ts'
import { say } from '#words/say.ts'
import type { English } from '#words/language.ts'

const themeNames: Record<Theme, English> = { system: 'System', light: 'Light', dark: 'Dark' }

/** What the account menu offers, loaded when it is first opened. */
export function AccountChoices({ onShortcuts, onLeave }: { onShortcuts: () => void; onLeave: () => void }) {
  const user = useUser()
  const navigate = useNavigate()
  const go = (to: '/memory' | '/plan' | '/usage' | '/settings' | '/admin') => {
    onLeave()
    void navigate({ to })
  }
  return (
    <>
      <ThemeChoice />
      <MenuLine />
      <MenuItem icon={<BookMarked />} onClick={() => go('/memory')}>
        {say('Memory')}
      </MenuItem>
      <MenuItem icon={<CreditCard />} onClick={() => go('/plan')}>
        {say('Plan and billing')}
      </MenuItem>
      <MenuItem icon={<ChartColumn />} onClick={() => go('/usage')}>
        {say('Usage')}
      </MenuItem>
      {user?.role === 'admin' && (
        <MenuItem icon={<ShieldUser />} onClick={() => go('/admin')}>
          {say('Administration')}
        </MenuItem>
      )}
      <MenuItem icon={<Settings />} onClick={() => go('/settings')}>
        {say('Settings')}
      </MenuItem>
      <MenuItem icon={<Keyboard />} onClick={onShortcuts}>
        {say('Keyboard shortcuts')}
      </MenuItem>
      <MenuLine />
      <MenuItem icon={<LogOut />} onClick={() => void signOut()}>
        {say('Sign out')}
      </MenuItem>
    </>
  )
}

function ThemeChoice() {
  const chosen = useStore(theme)
  return (
    <div role="group" aria-label={say('Theme')} className="flex gap-1 p-1">
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
          {say(themeNames[name])}
        </button>
      ))}
    </div>
  )
}
