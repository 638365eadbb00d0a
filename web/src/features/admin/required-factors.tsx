import type { InstallationSettings } from '@jarvis/contracts/admin.ts'
import { endpoints } from '@jarvis/contracts/endpoints.ts'
import type { Role } from '@jarvis/contracts/plans.ts'
import { useMutation } from '@tanstack/react-query'
import { call } from '#lib/call.ts'
import { messageOf } from '#lib/problem.ts'
import { Notice } from '#ui/notice.tsx'
import { toast } from '#ui/toast.tsx'
import { refreshAdmin } from './queries.ts'
import { roleNames } from './role-names.ts'
import { say } from '#words/say.ts'

const roles: Role[] = ['user', 'enterprise', 'admin']

/** Which roles need a second factor. */
export function RequiredFactors({ settings: { factorRequiredFor } }: { settings: InstallationSettings }) {
  const choose = useMutation({
    mutationFn: (next: Role[]) => call(endpoints.adminUpdateSettings, { body: { factorRequiredFor: next } }),
    onSuccess: async () => {
      toast(say('Saved. It acts at once.'))
      await refreshAdmin()
    },
  })
  const now = choose.isPending ? choose.variables : factorRequiredFor
  return (
    <fieldset className="flex max-w-md flex-col" disabled={choose.isPending}>
      <legend className="sr-only">{say('Roles that need a second factor')}</legend>
      {roles.map((role) => (
        <label key={role} className="flex min-h-11 items-center gap-2.5">
          <input
            type="checkbox"
            className="size-4 accent-accent"
            checked={now.includes(role)}
            onChange={(event) => choose.mutate(event.target.checked ? [...now, role] : now.filter((other) => other !== role))}
          />
          {say(roleNames[role])}
        </label>
      ))}
      {choose.error && <Notice look="danger">{messageOf(choose.error)}</Notice>}
    </fieldset>
  )
}
