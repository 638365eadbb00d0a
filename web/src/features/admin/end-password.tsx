import type { AdminUser } from '@jarvis/contracts/admin.ts'
import { endpoints } from '@jarvis/contracts/endpoints.ts'
import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { call } from '#lib/call.ts'
import { messageOf } from '#lib/problem.ts'
import { Button } from '#ui/button.tsx'
import { Notice } from '#ui/notice.tsx'
import { HandOver } from './hand-over.tsx'
import { say } from '#words/say.ts'

/** Takes the password away, after a second press; what comes of it is a letter, or a link to hand over. */
export function EndPassword({ user: { id, email } }: { user: AdminUser }) {
  const [sure, setSure] = useState(false)
  const end = useMutation({
    mutationFn: (delivery?: 'link') => call(endpoints.adminEndPassword, { params: { id }, body: delivery ? { delivery } : {} }),
    onSuccess: () => setSure(false),
  })
  const { data } = end
  return (
    <div className="flex flex-col gap-3 border-t border-line pt-4">
      {!sure && !data && (
        <Button className="self-start" onClick={() => setSure(true)}>
          {say('Ask for a new password')}
        </Button>
      )}
      {sure && (
        <>
          <p className="text-sm text-muted">{say('Signs them out everywhere. The password of now no longer works; they set another by a link.')}</p>
          <div className="flex flex-wrap gap-2">
            <Button look="danger" busy={end.isPending} onClick={() => end.mutate(undefined)}>
              {say('End the password')}
            </Button>
            <Button onClick={() => setSure(false)}>{say('Leave it')}</Button>
          </div>
        </>
      )}
      <div role="status" className="flex flex-col gap-3">
        {data?.delivery === 'mail' && (
          <>
            <p className="text-sm text-muted [overflow-wrap:anywhere]">{say('A letter with a link goes to {email}.', { email })}</p>
            <Button className="self-start" busy={end.isPending} onClick={() => end.mutate('link')}>
              {say('Show a link to hand over instead')}
            </Button>
          </>
        )}
        {data?.url && <HandOver url={data.url} />}
        {end.error && <Notice look="danger">{messageOf(end.error)}</Notice>}
      </div>
    </div>
  )
}
