import { endpoints } from '@jarvis/contracts/endpoints.ts'
import type { Organisation } from '@jarvis/contracts/organisations.ts'
import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { call } from '#lib/call.ts'
import { messageOf } from '#lib/problem.ts'
import { useUser } from '#lib/session.ts'
import { Button } from '#ui/button.tsx'
import { ConfirmDialog } from '#ui/dialog.tsx'
import { toast } from '#ui/toast.tsx'
import { refreshOrganisation } from './queries.ts'
import { isAboutShared, type LeavingShared, SharedChoice } from './shared-choice.tsx'
import { say } from '#words/say.ts'

/** Two ends: of one's own part in it, and, for owners, of the whole. */
export function Leave({ organisation: { id, role } }: { organisation: Organisation }) {
  const userId = useUser()?.id ?? ''
  const [asked, setAsked] = useState<'leave' | 'delete' | null>(null)
  const [shared, setShared] = useState<LeavingShared>()
  const done = async () => {
    setAsked(null)
    await refreshOrganisation()
    toast(say('You are in no organisation now.'))
  }
  const leave = useMutation({
    mutationFn: () => call(endpoints.removeMember, { params: { id, userId }, query: { shared } }),
    onSuccess: done,
    onError: (error) => isAboutShared(error) && setShared('hand_over'),
  })
  const remove = useMutation({ mutationFn: () => call(endpoints.deleteOrganisation, { params: { id } }), onSuccess: done })
  const act = asked === 'delete' ? remove : leave
  return (
    <div className="flex flex-wrap gap-2">
      <Button className="min-h-11" onClick={() => setAsked('leave')}>
        {say('Leave the organisation')}
      </Button>
      {role === 'owner' && (
        <Button className="min-h-11" onClick={() => setAsked('delete')}>
          {say('Delete the organisation')}
        </Button>
      )}
      {asked && (
        <ConfirmDialog
          title={asked === 'delete' ? say('Delete the organisation?') : say('Leave the organisation?')}
          action={asked === 'delete' ? say('Delete') : say('Leave')}
          busy={act.isPending}
          error={act.error && !(shared && isAboutShared(act.error)) ? messageOf(act.error) : undefined}
          onConfirm={() => act.mutate()}
          onClose={() => {
            act.reset()
            setAsked(null)
            setShared(undefined)
          }}
        >
          {asked === 'delete'
            ? say('Everybody in it stays in Jarvis with what is theirs, and pays for themselves from here on. Its seats end.')
            : say('What you wrote stays yours. You pay for yourself from here on, and need an invitation to come back.')}
          {asked === 'leave' && shared && <SharedChoice value={shared} onChange={setShared} />}
        </ConfirmDialog>
      )}
    </div>
  )
}
