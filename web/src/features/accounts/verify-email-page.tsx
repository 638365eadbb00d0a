import { endpoints } from '@jarvis/contracts/endpoints.ts'
import { useMutation } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { linkToken } from '#lib/link-token.ts'
import { messageOf } from '#lib/problem.ts'
import { request } from '#lib/request.ts'
import { Button } from '#ui/button.tsx'
import { Notice } from '#ui/notice.tsx'
import { AuthFrame } from './auth-frame.tsx'
import { linkClass } from './back-to-sign-in.tsx'
import { say } from '#words/say.ts'

/** A button, and not the visit itself: what opens the links of a mailbox confirms nothing. */
export function VerifyEmailPage() {
  const [token] = useState(() => linkToken())
  const verify = useMutation({ mutationFn: () => request(endpoints.verifyEmail, { body: { token } }) })
  return (
    <AuthFrame
      title={verify.isSuccess ? say('Confirmed') : say('Confirm your email address')}
      lead={
        verify.isSuccess ? say('Thank you. If an address is to change, it does when both have agreed.') : say('You came here by a link of a letter.')
      }
    >
      {token === '' && <Notice look="danger">{say('This address is not whole. Open the link of the letter itself.')}</Notice>}
      {verify.error && <Notice look="danger">{messageOf(verify.error)}</Notice>}
      {!verify.isSuccess && token !== '' && (
        <Button look="primary" className="mt-5 h-11" busy={verify.isPending} onClick={() => verify.mutate()}>
          {say('Confirm')}
        </Button>
      )}
      <p className="mt-6" role="status">
        <Link to="/settings" className={linkClass}>
          {verify.isSuccess ? say('Go on to Jarvis') : say('Go to the settings')}
        </Link>
      </p>
    </AuthFrame>
  )
}
