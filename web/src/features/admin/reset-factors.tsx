import type { AdminUser } from '@jarvis/contracts/admin.ts'
import { endpoints } from '@jarvis/contracts/endpoints.ts'
import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { call } from '#lib/call.ts'
import { messageOf } from '#lib/problem.ts'
import { Button } from '#ui/button.tsx'
import { Notice } from '#ui/notice.tsx'
import { toast } from '#ui/toast.tsx'
import { refreshAdmin } from './queries.ts'
import { say } from '#words/say.ts'

/** For somebody who has lost theirs: after a second press. */
export function ResetFactors({ user: { id, name, email } }: { user: AdminUser }) {
  const [sure, setSure] = useState(false)
  const reset = useMutation({
    mutationFn: () => call(endpoints.adminResetFactors, { params: { id } }),
    onSuccess: async () => {
      toast(say('{name} signs in by the password alone', { name: name || email }))
      await refreshAdmin()
    },
  })
  if (reset.isSuccess) return null
  return (
    <div className="flex flex-col gap-3 border-t border-line pt-4">
      {!sure && (
        <Button className="self-start" onClick={() => setSure(true)}>
          {say('Take the second factor away')}
        </Button>
      )}
      {sure && (
        <>
          <p className="text-sm text-muted">
            {say('For a lost phone. Signs them out everywhere; their password alone lets them in. Be sure that it is they who ask.')}
          </p>
          <div className="flex flex-wrap gap-2">
            <Button look="danger" busy={reset.isPending} onClick={() => reset.mutate()}>
              {say('Take it away')}
            </Button>
            <Button onClick={() => setSure(false)}>{say('Leave it')}</Button>
          </div>
        </>
      )}
      {reset.error && <Notice look="danger">{messageOf(reset.error)}</Notice>}
    </div>
  )
}
