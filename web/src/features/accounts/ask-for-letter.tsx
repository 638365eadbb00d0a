import { useMutation } from '@tanstack/react-query'
import { fieldsOf } from '#lib/fields-of.ts'
import { fieldError, messageOf } from '#lib/problem.ts'
import { Button } from '#ui/button.tsx'
import { Field } from '#ui/field.tsx'
import { Notice } from '#ui/notice.tsx'
import { AuthFrame } from './auth-frame.tsx'
import { BackToSignIn } from './back-to-sign-in.tsx'
import { say } from '#words/say.ts'

type Asked = { email: string }
type AskForLetterProps = { title: string; lead: string; ask: (body: Asked) => Promise<unknown>; sent: (asked: Asked) => string }

/** An address, to which a letter goes that leads on. */
export function AskForLetter({ title, lead, ask, sent }: AskForLetterProps) {
  const asking = useMutation({ mutationFn: ask })
  const fault = fieldError(asking.error, 'email')
  return (
    <AuthFrame title={title} lead={lead}>
      {asking.isSuccess ? (
        <div role="status">
          <Notice>
            <span className="[overflow-wrap:anywhere]">{sent(asking.variables)}</span>
          </Notice>
        </div>
      ) : (
        <form
          className="flex flex-col gap-5"
          onSubmit={(event) => {
            event.preventDefault()
            asking.mutate(fieldsOf(event.currentTarget, 'email'))
          }}
        >
          <Field label={say('Email')} name="email" type="email" autoComplete="username" required maxLength={254} error={fault} />
          {asking.error && !fault && <Notice look="danger">{messageOf(asking.error)}</Notice>}
          <Button type="submit" look="primary" className="h-11" busy={asking.isPending}>
            {say('Send the letter')}
          </Button>
        </form>
      )}
      <BackToSignIn />
    </AuthFrame>
  )
}
