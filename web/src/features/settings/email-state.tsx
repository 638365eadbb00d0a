import type { User } from '@jarvis/contracts/accounts.ts'
import { endpoints } from '@jarvis/contracts/endpoints.ts'
import { useMutation, useQuery } from '@tanstack/react-query'
import { call } from '#lib/call.ts'
import { messageOf } from '#lib/problem.ts'
import { request } from '#lib/request.ts'
import { updateUser } from '#lib/session.ts'
import { Button } from '#ui/button.tsx'
import { Notice } from '#ui/notice.tsx'
import { toast } from '#ui/toast.tsx'

/** Whether the address is confirmed, and what a change of it waits for. */
export function EmailState({ user }: { user: User }) {
  const { data: methods } = useQuery({ queryKey: ['sign-in-methods'], queryFn: ({ signal }) => request(endpoints.signInMethods, {}, { signal }) })
  const ask = useMutation({
    mutationFn: () => call(endpoints.askToVerifyEmail, {}),
    onSuccess: () => toast(`A letter to ${user.email} is on its way.`),
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
              Keep the old address
            </Button>
          }
        >
          <p className="[overflow-wrap:anywhere]">
            Your address becomes {pending.address} as soon as you open {linksOf(user)}.
          </p>
        </Notice>
      )}
      {!pending && methods?.mail && user.emailVerified === false && (
        <Notice
          action={
            <Button busy={ask.isPending} onClick={() => ask.mutate()}>
              Send another letter
            </Button>
          }
        >
          This address is not confirmed yet: open the link of the letter that was sent there.
        </Notice>
      )}
      {error && <Notice look="danger">{messageOf(error)}</Notice>}
    </div>
  )
}

function linksOf({ email, pendingEmail }: User): string {
  const names = { old: email, new: 'the new address' }
  const waitsFor = pendingEmail?.waitsFor ?? []
  const places = waitsFor.map((side) => names[side]).join(' and to ')
  return waitsFor.length > 1 ? `both links that were sent to ${places}` : `the link that was sent to ${places}`
}
