import { useQuery } from '@tanstack/react-query'
import { Navigate, useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { AuthFrame } from '#features/accounts/auth-frame.tsx'
import { signOut } from '#features/accounts/sign-out.ts'
import { AddPasskey } from '#features/settings/add-passkey.tsx'
import { TotpSetup } from '#features/settings/totp-setup.tsx'
import { passkeysWorkHere } from '#lib/passkey-fault.ts'
import { updateUser, useUser } from '#lib/session.ts'
import { signInMethodsQuery } from '#lib/sign-in-methods.ts'
import { Button } from '#ui/button.tsx'
import { say } from '#words/say.ts'

/** Where somebody is led whose role needs a second factor that they do not have; nothing else is open to them before it. Others may come too. */
export function SecondFactorPage() {
  const user = useUser()
  const navigate = useNavigate()
  const methods = useQuery(signInMethodsQuery)
  const [byPasskey, setByPasskey] = useState(false)
  const [isRequired] = useState(user?.factorRequired)
  if (!user) return <Navigate to="/sign-in" />
  const done = () => {
    updateUser({ ...user, factorRequired: false })
    void navigate({ to: '/' })
  }
  return (
    <AuthFrame
      title={say('Set up a second factor')}
      lead={
        isRequired
          ? say('Your role needs one, besides the password: a code of an app, or a passkey. Then you go on.')
          : say('Besides the password: a code of an app, or a passkey.')
      }
    >
      {byPasskey ? <AddPasskey onDone={done} /> : <TotpSetup onDone={done} />}
      <p className="mt-6 flex flex-wrap gap-x-2">
        {methods.data?.passkeys && passkeysWorkHere() && (
          <Button look="bare" className="-ms-4" onClick={() => setByPasskey(!byPasskey)}>
            {byPasskey ? say('Use an app instead') : say('Use a passkey instead')}
          </Button>
        )}
        <Button look="bare" className="-ms-4" onClick={() => void signOut()}>
          {say('Sign out')}
        </Button>
      </p>
    </AuthFrame>
  )
}
