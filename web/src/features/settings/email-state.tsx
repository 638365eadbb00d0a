import type { User } from '@jarvis/contracts/accounts.ts'
import { endpoints } from '@jarvis/contracts/endpoints.ts'
import { useMutation, useQuery } from '@tanstack/react-query'
import { call } from '#lib/call.ts'
import { formatDate } from '#lib/format.ts'
import { messageOf } from '#lib/problem.ts'
import { request } from '#lib/request.ts'
import { updateUser } from '#lib/session.ts'
import { Button } from '#ui/button.tsx'
import { Notice } from '#ui/notice.tsx'
import { toast } from '#ui/toast.tsx'
import { say } from '#words/say.ts'

/** Whether the address is confirmed, and what a change of it waits for. */
export function EmailState({ user }: { user: User }) {
  const { data: methods } = useQuery({ queryKey: ['sign-in-methods'], queryFn: ({ signal }) => request(endpoints.signInMethods, {}, { signal }) })
  const ask = useMutation({
    mutationFn: () => call(endpoints.askToVerifyEmail, {}),
    onSuccess: () => toast(say('A letter to {email} is on its way.', { email: user.email })),
  })
  const stay = useMutation({ mutationFn: () => call(endpoints.updateMe, { body: { email: user.email } }), onSuccess: updateUser })
  const { pendingEmail: pending } = user
  const error = ask.error ?? stay.error
  return (
    <div role="status" className="flex max-w-md flex-col gap-3">
      {pending && (
        <Notice
          action={
            <Button busy={stay.isPending} onClick={() => stay.mutate()}>
              {say('Keep the old address')}
            </Button>
          }
        >
          <p className="[overflow-wrap:anywhere]">{becomes(user, pending)}</p>
        </Notice>
      )}
      {!pending && methods?.mail && user.emailVerified === false && (
        <Notice
          action={
            <Button busy={ask.isPending} onClick={() => ask.mutate()}>
              {say('Send another letter')}
            </Button>
          }
        >
          <p>{say('This address is not confirmed yet: open the link of the letter that was sent there.')}</p>
          {user.confirmBy && <p>{say('Without that this account is erased on {date}.', { date: formatDate(user.confirmBy) })}</p>}
        </Notice>
      )}
      {error && <Notice look="danger">{messageOf(error)}</Notice>}
    </div>
  )
}

function becomes({ email }: User, { address, waitsFor }: NonNullable<User['pendingEmail']>): string {
  if (waitsFor.length > 1)
    return say('Your address becomes {address} as soon as you open both links that were sent to {email} and to the new address.', { address, email })
  return waitsFor[0] === 'old'
    ? say('Your address becomes {address} as soon as you open the link that was sent to {email}.', { address, email })
    : say('Your address becomes {address} as soon as you open the link that was sent to the new address.', { address })
}
