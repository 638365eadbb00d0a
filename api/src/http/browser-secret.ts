import type { FastifyReply, FastifyRequest } from 'fastify'
import { newSecret } from '#lib/ids.ts'

const seconds = 900

/** One secret for each browser, whatever it begins, so that two tabs do not get in each other's way, and nobody finishes what another browser began. */
export function browserSecret(secure: boolean) {
  // With the prefix no other host of the domain can plant one. It comes along when an issuer sends the browser back, so it is not strict.
  const name = secure ? '__Host-jarvis_sign_on' : 'jarvis_sign_on'

  return {
    /** What the browser has, or a new one, which the reply gives it. */
    give(request: FastifyRequest, reply: FastifyReply): string {
      const known = request.cookies[name]
      const secret = known !== undefined && /^[\w-]{43}$/.test(known) ? known : newSecret()
      void reply.setCookie(name, secret, { path: '/', httpOnly: true, sameSite: 'lax', secure, maxAge: seconds })
      return secret
    },
    /** Empty where it has none. */
    read: ({ cookies }: FastifyRequest): string => cookies[name] ?? '',
  }
}
