import type { SignedIn } from '@jarvis/contracts/accounts.ts'
import { endpoints } from '@jarvis/contracts/endpoints.ts'
import { useQuery } from '@tanstack/react-query'
import { request } from '#lib/request.ts'
import { termsQuery } from '#lib/terms.ts'
import { sayWith } from '#words/say-with.tsx'

const termsLink = (words: string) => (
  <a href="/terms" target="_blank" rel="noopener" className="font-medium text-accent underline decoration-accent-line underline-offset-4">
    {words}
  </a>
)

/** Where there are terms: to be accepted with the registration. Who was not shown them here is asked right after. */
export function AcceptTerms() {
  const { data } = useQuery(termsQuery)
  if (!data?.current) return null
  return (
    <label className="flex min-h-11 items-center gap-2.5">
      <input type="checkbox" required name="terms" value={data.current.version} className="size-4 shrink-0 accent-accent" />
      <span>{sayWith('I accept the <terms>terms</terms>', { terms: termsLink })}</span>
    </label>
  )
}

/** What was accepted with the form, for who has just got an account. Where that fails they are asked again. */
export async function withTerms(signedIn: SignedIn, version: string | null): Promise<SignedIn> {
  if (version === null) return signedIn
  try {
    await request(endpoints.acceptTerms, { body: { version: Number(version) } }, { token: signedIn.accessToken })
    return { ...signedIn, user: { ...signedIn.user, termsRequired: false } }
  } catch {
    return signedIn
  }
}
