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
])('%s is refused, and the field is named', async (password) => {
  await expect(requireGoodPassword(password, ada, 'next')).rejects.toMatchObject({ code: 'invalid_request', errors: [{ path: 'next' }] })
})

test.each(['correct horse battery', 'a sentence to remember', 'x9!kfEwq', 'password of ada lovelace'])('%s is taken', async (password) => {
  await expect(requireGoodPassword(password, ada, 'password')).resolves.toBeUndefined()
})
