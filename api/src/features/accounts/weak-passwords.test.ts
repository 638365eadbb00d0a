import { expect, test } from 'vitest'
import { requireGoodPassword } from './weak-passwords.ts'

const ada = { email: 'Ada.Lovelace@example.org', name: 'Ada Lovelace' }

test.each([
  'password',
  'PassWord',
  'ｐａｓｓｗｏｒｄ',
  '12345678',
  'qwertyuiop',
  ' password ',
  'ada.lovelace@example.org',
  'ADA.LOVELACE',
  'ada lovelace',
  'aaaaaaaaaaaa',
  '        ',
  '\u3000\u3000\u3000\u3000\u3000\u3000\u3000\u3000',
  'password\u200B',
  'pass\u00ADword',
  '\u200B\u200B\u200B\u200B\u200B\u200B\u200B\u200B',
  'abababab',
  'abcdefgh',
  '87654321',
  'jarvis123',
  'Jarvis!!',
  'jarvisjarvis',
  'ada lovelaceada lovelace',
  'ada.lovelace2',
  'adalovelace',
  'AdaLovelace!',
  'lovelace-ada',
  'ada_lovelace_1815',
  '4d4L0v3l4c3',
  'AdaL0v3l4ce!',
  'lovelace',
  'example.org',
  'password password',
  'p-a-s-s-w-o-r-d',
  'Password1!',
  'P@ssw0rd123',
  'letmein2024',
  'Qw3rty!!',
  'Summer2026!',
])('%s is refused, and the field is named', async (password) => {
  await expect(requireGoodPassword(password, ada, 'next')).rejects.toMatchObject({ code: 'invalid_request', errors: [{ path: 'next' }] })
})

test.each([
  'correct horse battery',
  'a sentence to remember',
  'x9!kfEwq',
  'jarvis makes good tea',
  'abcdefgz',
  'password of ada lovelace',
  'lovelace18151852',
  'ada loves horses',
  'correct horse battery staple',
  'r4bbit-st0ve',
  '2026 tractors',
])('%s is taken', async (password) => {
  await expect(requireGoodPassword(password, ada, 'password')).resolves.toBeUndefined()
})
