import type { Invitation } from '@jarvis/contracts/invitations.ts'
import { endpoints } from '@jarvis/contracts/endpoints.ts'
import { useMutation, useQuery } from '@tanstack/react-query'
import { type ReactNode, useState } from 'react'
import { call } from '#lib/call.ts'
import { formatDate } from '#lib/format.ts'
import { planNames } from '#lib/plan-names.ts'
import { messageOf } from '#lib/problem.ts'
import { Button } from '#ui/button.tsx'
import { Notice } from '#ui/notice.tsx'
import { isPending, PendingInvitations } from '#ui/pending-invitations.tsx'
import { InviteDialog } from './invite-dialog.tsx'
import { invitationsQuery, refreshAdmin } from './queries.ts'
import { roleNames } from './role-names.ts'
import { say } from '#words/say.ts'

/** How somebody else comes in, beside what else is done about people, and who is invited and has not come yet. */
export function Invitations({ children }: { children: ReactNode }) {
  const { data } = useQuery(invitationsQuery)
  const [isOpen, setOpen] = useState(false)
  const revoke = useMutation({
    mutationFn: (id: string) => call(endpoints.adminRevokeInvitation, { params: { id } }),
    onSuccess: refreshAdmin,
  })
  const waiting = (data?.items ?? []).filter(isPending).map((invitation) => ({
    id: invitation.id,
    name: nameOf(invitation),
    terms: termsOf(invitation),
    takeBack: say('Take back the invitation: {name}', { name: nameOf(invitation) }),
  }))
  return (
    <div className="flex flex-col gap-3">
      <div className="flex flex-wrap gap-2">
        <Button className="min-h-11" onClick={() => setOpen(true)}>
          {say('Invite somebody')}
        </Button>
        {children}
      </div>
      <PendingInvitations items={waiting} busyId={revoke.isPending ? revoke.variables : undefined} onTakeBack={revoke.mutate} />
      {revoke.error && <Notice look="danger">{messageOf(revoke.error)}</Notice>}
      {isOpen && <InviteDialog onClose={() => setOpen(false)} />}
    </div>
  )
}

const nameOf = ({ email }: Invitation) => email ?? say('For who has the link')
const termsOf = ({ role, plan, expiresAt }: Invitation) =>
  say('Invited as {role}, {plan} · until {date}', { role: say(roleNames[role]), plan: planNames[plan], date: formatDate(expiresAt) })
