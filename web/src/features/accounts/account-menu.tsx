import { useQueryClient } from '@tanstack/react-query'
import { Suspense, lazy } from 'react'
import { useUser } from '#lib/session.ts'
import { usageQuery } from '#lib/usage.ts'
import { Menu } from '#ui/menu.tsx'
import { say } from '#words/say.ts'

const AccountHeader = lazy(async () => ({ default: (await import('./account-header.tsx')).AccountHeader }))
const AccountChoices = lazy(async () => ({ default: (await import('./account-choices.tsx')).AccountChoices }))

export function AccountMenu({ onShortcuts, onLeave }: { onShortcuts: () => void; onLeave: () => void }) {
  const user = useUser()
  const client = useQueryClient()
  if (!user) return null
  return (
    <Menu
      label={say('Account')}
      named
      header={
        <Suspense>
          <AccountHeader />
        </Suspense>
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
            <span className="sr-only">{say('Account:')} </span>
            {user.name}
          </span>
        </>
      }
    >
      <AccountChoices onShortcuts={onShortcuts} onLeave={onLeave} />
    </Menu>
  )
}
