import { endpoints } from '@jarvis/contracts/endpoints.ts'
import { useQuery } from '@tanstack/react-query'
import { request } from '#lib/request.ts'
import { Notice } from '#ui/notice.tsx'
import { AskForLetter } from './ask-for-letter.tsx'
import { AuthFrame } from './auth-frame.tsx'
import { BackToSignIn } from './back-to-sign-in.tsx'
import { say } from '#words/say.ts'

export function ForgotPasswordPage() {
  const { data: methods } = useQuery({ queryKey: ['sign-in-methods'], queryFn: ({ signal }) => request(endpoints.signInMethods, {}, { signal }) })
  if (methods && !methods.mail)
    return (
      <AuthFrame title={say('Forgot your password?')} lead={say('No letters are sent from here, so somebody has to help you in.')}>
        <Notice>{say('Ask your administrator for a link to set a new password.')}</Notice>
        <BackToSignIn />
      </AuthFrame>
    )
  return (
    <AskForLetter
      title={say('Forgot your password?')}
      lead={say('You get a letter with a link to set a new one.')}
      ask={(body) => request(endpoints.forgotPassword, { body })}
      sent={(asked) =>
        say(
          'If {email} has an account here, a letter is on its way. Its link works once, for 30 minutes. Look among the unwanted letters too.',
          asked,
        )
      }
    />
  )
}
