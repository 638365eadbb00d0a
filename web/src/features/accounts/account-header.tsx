import { planNames } from '#lib/plan-names.ts'
import { useUser } from '#lib/session.ts'
import { Badge } from '#ui/badge.tsx'
import { MenuLine } from '#ui/menu.tsx'
import { UsageMeter } from './usage-meter.tsx'

export function AccountHeader() {
  const user = useUser()
  if (!user) return null
  return (
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
  )
}
