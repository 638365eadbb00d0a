import { endpoints } from '@jarvis/contracts/endpoints.ts'
import { useMutation, useQuery } from '@tanstack/react-query'
import { Link, useSearch } from '@tanstack/react-router'
import { useState } from 'react'
import { formatDate } from '#lib/format.ts'
import { useInstance } from '#lib/instance.ts'
import { linkToken } from '#lib/link-token.ts'
import { ProblemError, fieldError, messageOf } from '#lib/problem.ts'
import { request } from '#lib/request.ts'
import { signedIn } from '#lib/session.ts'
import { Button } from '#ui/button.tsx'
import { Field } from '#ui/field.tsx'
import { Notice } from '#ui/notice.tsx'
import { AcceptTerms, withTerms } from './accept-terms.tsx'
import { AuthFrame } from './auth-frame.tsx'
import { RegisterByLetter } from './register-by-letter.tsx'
import { fieldsOf } from '#lib/fields-of.ts'
import { say } from '#words/say.ts'

export function SignUpPage() {
  const instance = useInstance()
  const { next } = useSearch({ strict: false })
  const [invitation] = useState(() => linkToken('invitation'))
  const shown = useQuery({
    queryKey: ['invitation', invitation],
    queryFn: ({ signal }) => request(endpoints.showInvitation, { body: { invitation } }, { signal }),
    enabled: invitation !== '',
    retry: false,
  })
  const signUp = useMutation({
    mutationFn: async ({ terms, ...body }: { name: string; email: string; password: string; terms: string | null }) =>
      withTerms(await request(endpoints.register, { body: { ...body, ...(invitation !== '' && { invitation }) } }), terms),
    onSuccess: signedIn,
  })
  const { error } = signUp
  const taken = error instanceof ProblemError && error.code === 'email_taken' ? messageOf(error) : undefined
  const faults = { name: fieldError(error, 'name'), email: fieldError(error, 'email') ?? taken, password: fieldError(error, 'password') }
  const first = instance?.firstUser ?? false
  const isInvited = shown.isSuccess
  if (!isInvited && !first && instance?.registration === 'letter' && invitation === '') return <RegisterByLetter />

  return (
    <AuthFrame
      title={first ? say('Welcome to Jarvis') : say('Create an account')}
      lead={
        first
          ? say('You are the first: you will be the administrator.')
          : isInvited
            ? say('You are invited. The link is good until {date}.', { date: formatDate(shown.data.expiresAt) })
            : say('It takes a name, an email and a password.')
      }
    >
      {shown.error ? (
        <Notice look="danger">{messageOf(shown.error)}</Notice>
      ) : shown.isLoading ? null : instance && !instance.registrationOpen && !isInvited ? (
        <Notice>
          {instance.registration === 'invitation'
            ? say('Accounts here are for who is invited. Ask your administrator for an invitation.')
            : say('Registration is closed. Ask your administrator for an account.')}
        </Notice>
      ) : (
        <form
          className="flex flex-col gap-5"
          onSubmit={(event) => {
            event.preventDefault()
            const terms = new FormData(event.currentTarget).get('terms') as string | null
            signUp.mutate({ ...fieldsOf(event.currentTarget, 'name', 'email', 'password'), terms })
          }}
        >
          <Field label={say('Name')} name="name" autoComplete="name" required maxLength={100} error={faults.name} />
          <Field
            label={say('Email')}
            name="email"
            type="email"
            autoComplete="username"
            required
            maxLength={254}
            defaultValue={shown.data?.email ?? ''}
            readOnly={isInvited && shown.data.email !== null}
            error={faults.email}
          />
          <Field
            label={say('Password')}
            name="password"
            type="password"
            autoComplete="new-password"
            required
            minLength={8}
            maxLength={1024}
            hint={say('At least 8 characters. A sentence is easy to remember.')}
            error={faults.password}
          />
          <AcceptTerms />
          {error && !Object.values(faults).some(Boolean) && <Notice look="danger">{messageOf(error)}</Notice>}
          <Button type="submit" look="primary" className="h-11" busy={signUp.isPending}>
            {say('Create account')}
          </Button>
        </form>
      )}
      {!first && (
        <p className="mt-6 text-muted">
          {say('Have an account?')}{' '}
          <Link
            to="/sign-in"
            search={{ next }}
            className="inline-flex min-h-10 items-center font-medium text-accent underline decoration-accent-line underline-offset-4"
          >
            {say('Sign in')}
          </Link>
        </p>
      )}
    </AuthFrame>
  )
}
