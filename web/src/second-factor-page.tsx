import { Navigate, useNavigate } from '@tanstack/react-router'
import { AuthFrame } from '#features/accounts/auth-frame.tsx'
import { signOut } from '#features/accounts/sign-out.ts'
import { TotpSetup } from '#features/settings/totp-setup.tsx'
import { updateUser, useUser } from '#lib/session.ts'
import { Button } from '#ui/button.tsx'
import { say } from '#words/say.ts'

/** Where somebody is led whose role needs a second factor that they do not have. Nothing else is open to them before it. */
export function SecondFactorPage() {
  const user = useUser()
  const navigate = useNavigate()
  if (!user) return <Navigate to="/sign-in" />
  const done = () => {
    updateUser({ ...user, factorRequired: false })
    void navigate({ to: '/' })
  }
  return (
    <AuthFrame title={say('Set up a second factor')} lead={say('Your role needs one: besides the password, a code of an app. Then you go on.')}>
      <TotpSetup onDone={done} />
      <p className="mt-6">
        <Button look="bare" className="-ms-4" onClick={() => void signOut()}>
          {say('Sign out')}
        </Button>
      </p>
    </AuthFrame>
  )
}
