import { endpoints } from '@jarvis/contracts/endpoints.ts'
import type { MemberInvitation, Organisation } from '@jarvis/contracts/organisations.ts'
import { useMutation, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { call } from '#lib/call.ts'
import { formatDate } from '#lib/format.ts'
import { messageOf } from '#lib/problem.ts'
import { Button } from '#ui/button.tsx'
import { Notice } from '#ui/notice.tsx'
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
  const waiting = (data?.items ?? []).filter(isWaiting)
  return (
    <div className="flex flex-col gap-3">
      <Button className="min-h-11 self-start" onClick={() => setOpen(true)}>
        {say('Invite somebody')}
      </Button>
      {waiting.length > 0 && (
        <ul aria-label={say('Invitations that nobody has used yet')} className="flex flex-col gap-2">
          {waiting.map((invitation) => (
            <li key={invitation.id} className="flex flex-wrap items-center gap-x-4 gap-y-1">
              <span className="min-w-0 grow basis-56">
                <span className="[overflow-wrap:anywhere]">{nameOf(invitation)}</span>
                <span className="block text-sm text-muted">
                  {roleWord(invitation.role)} · {say('until {date}', { date: formatDate(invitation.expiresAt) })}
                </span>
              </span>
              <Button
                aria-label={say('Take back the invitation of {name}', { name: nameOf(invitation) })}
                busy={revoke.isPending && revoke.variables === invitation.id}
                onClick={() => revoke.mutate(invitation.id)}
              >
                {say('Take back')}
              </Button>
            </li>
          ))}
        </ul>
      )}
      {revoke.error && <Notice look="danger">{messageOf(revoke.error)}</Notice>}
      {isOpen && <InviteDialog organisation={organisation} onClose={() => setOpen(false)} />}
    </div>
  )
}

const isWaiting = ({ acceptedAt, expiresAt }: MemberInvitation) => acceptedAt === null && Date.parse(expiresAt) > Date.now()
const nameOf = ({ email }: MemberInvitation) => email ?? say('who has the link')
