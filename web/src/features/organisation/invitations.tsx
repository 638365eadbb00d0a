import { endpoints } from '@jarvis/contracts/endpoints.ts'
import type { MemberInvitation, Organisation } from '@jarvis/contracts/organisations.ts'
import { useMutation, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { call } from '#lib/call.ts'
import { formatDate } from '#lib/format.ts'
import { messageOf } from '#lib/problem.ts'
import { Button } from '#ui/button.tsx'
import { Notice } from '#ui/notice.tsx'
import { isPending, PendingInvitations } from '#ui/pending-invitations.tsx'
import { InviteDialog } from './invite-dialog.tsx'
import { invitationsQuery, refreshOrganisation } from './queries.ts'
import { roleWord } from './role-words.ts'
import { say } from '#words/say.ts'

/** Who is invited and has not come yet. */
export function Invitations({ organisation }: { organisation: Organisation }) {
  const { data } = useQuery(invitationsQuery(organisation.id))
  const [isOpen, setOpen] = useState(false)
  const revoke = useMutation({
    mutationFn: (invitationId: string) => call(endpoints.revokeMemberInvitation, { params: { id: organisation.id, invitationId } }),
    onSuccess: refreshOrganisation,
  })
  const waiting = (data?.items ?? []).filter(isPending).map((invitation) => ({
    id: invitation.id,
    name: nameOf(invitation),
    terms: termsOf(invitation),
    takeBack: say('Take back the invitation of {name}', { name: nameOf(invitation) }),
  }))
  return (
    <div className="flex flex-col gap-3">
      <Button className="min-h-11 self-start" onClick={() => setOpen(true)}>
        {say('Invite somebody')}
      </Button>
      <PendingInvitations items={waiting} busyId={revoke.isPending ? revoke.variables : undefined} onTakeBack={revoke.mutate} />
      {revoke.error && <Notice look="danger">{messageOf(revoke.error)}</Notice>}
      {isOpen && <InviteDialog organisation={organisation} onClose={() => setOpen(false)} />}
    </div>
  )
}

const nameOf = ({ email }: MemberInvitation) => email ?? say('who has the link')
const termsOf = ({ role, expiresAt }: MemberInvitation) => `${roleWord(role)} · ${say('until {date}', { date: formatDate(expiresAt) })}`
