import type { FastifyRequest } from 'fastify'

/** The cookie that a session goes on by: scripts cannot read it, and no other site has it sent along. */
export const refreshCookie = (secure: boolean) =>
  ({ name: 'jarvis_refresh', options: { path: '/api/v1/auth', httpOnly: true, sameSite: 'strict', secure } }) as const

/** The values of every such cookie, in the order in which they came: another host of the domain may have planted one. */
export const refreshTokensOf = ({ headers }: FastifyRequest): string[] =>
  (headers.cookie ?? '')
    .split(';')
    .map((pair) => pair.split('=').map((part) => part.trim()))
    .flatMap(([key, value]) => (key === 'jarvis_refresh' && value ? [value] : []))
