import * as example from './examples.ts'
import type { Operation } from './operations.ts'
import type { peopleEndpoints } from './people-endpoints.ts'

export const peopleOperations: { [Name in keyof typeof peopleEndpoints]: Operation<(typeof peopleEndpoints)[Name]> } = {
  adminAddUser: {
    summary: 'Add a person',
    body: { email: 'ada@example.org', name: 'Ada Lovelace', role: 'user', plan: 'pro' },
    answer: {
      ...example.adminUser,
      link: {
        delivery: 'link',
        url: 'https://jarvis.example.org/reset-password#token=kq0Vb3cT6cOQm0Xb1uH2J9n5y4s8w7e6r5t4z3u2i1o',
        expiresAt: '2026-03-03T09:30:00.000Z',
      },
    },
  },
  adminEraseUser: { summary: 'Erase a person' },
  adminSessions: { summary: 'List where a person is signed in', answer: { items: [example.session], nextCursor: null } },
  adminEndSessions: { summary: 'Sign a person out everywhere' },
}
