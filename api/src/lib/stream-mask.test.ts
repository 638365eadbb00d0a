import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { SecretKind } from './secrets.ts'
import { createStreamMask } from './stream-mask.ts'

const all = new Set<SecretKind>(['card number', 'bank account', 'key', 'password', 'PIN'])

function masked(pieces: readonly string[], kinds: ReadonlySet<SecretKind> = all): string {
  const mask = createStreamMask(kinds)
  return pieces.map((piece) => mask.push(piece)).join('') + mask.end()
}

/** [what is said, the part of it that nobody may see] */
const told: [string, string][] = [
  ['Your card is 4111 1111 1111 1111, valid to 12/27. Anything else?', '4111 1111 1111 1111'],
  ['It is 5555-5555-5555-4444 as you said', '5555-5555-5555-4444'],
  ['The account: DE89 3704 0044 0532 0130 00 at the bank', 'DE89 3704 0044 0532 0130 00'],
  ['GB82WEST12345698765432 is the account', 'GB82WEST12345698765432'],
  ['Use ghp_16C7e42F292c6912E7710c838347Ae178B4a for that. It is good for a year.', 'ghp_16C7e42F292c6912E7710c838347Ae178B4a'],
  ['```\nAWS_KEY=AKIAIOSFODNN7EXAMPLE\n```\nRun it.', 'AKIAIOSFODNN7EXAMPLE'],
  ['postgres://jarvis:hunter2x@db.example/x is the address', 'hunter2x'],
  ['The PIN for the blue card: 4821. Keep it.', '4821'],
  ['The password of the router is Sommer2024! and nobody knows it.', 'Sommer2024!'],
  ['Das Passwort lautet Sommer2024! wie immer', 'Sommer2024!'],
  ['パスワードはneko8899です。ほかに？', 'neko8899'],
  ['我的密码是abc12345。', 'abc12345'],
  ['p a s s w o r d: hunter2', 'hunter2'],
  ['Here:\n-----BEGIN RSA PRIVATE KEY-----\nMIIEpAIBAAKCAQEA\nMIIEpAIBAAKCAQEB\n-----END RSA PRIVATE KEY-----\nThat is it.', 'MIIEpAIBAAKCAQEA'],
]

test.each(told)('however it is cut into tokens, no part of a secret is shown: %s', (text, secret) => {
  const { 0: before, 1: after } = text.split(secret)
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 20 }), (lengths) => {
      const pieces: string[] = []
      for (let at = 0, i = 0; at < text.length; i++) {
        const length = lengths[i % lengths.length]!
        pieces.push(text.slice(at, at + length))
        at += length
      }
      const shown = masked(pieces)
      expect(shown).not.toContain(secret.slice(0, 6))
      expect(shown).not.toContain(secret.slice(-4))
      expect(shown).toBe(masked([text]))
      if (!text.includes('BEGIN')) expect(shown.startsWith(before!) && shown.endsWith(after!)).toBe(true)
    }),
    { numRuns: 40 },
  )
})

test('a text without secrets comes out as it went in, word by word', () => {
  const text = 'The year was wet. In 2025 we planted 300 trees, as `git rebase --onto main` shows: see https://example.org/a?b=c1.\n\nÇa va ?'
  const mask = createStreamMask(all)
  const shown = Array.from(text, (piece) => mask.push(piece))
  expect(shown.join('') + mask.end()).toBe(text)
  // Prose is held for its last word alone.
  expect(shown.slice(0, 'The year was'.length).join('')).toBe('The year ')
})

test('only kinds that the policy names are masked, and nothing is held for ever', () => {
  expect(masked(['My PIN is 4821. Key ghp_16C7e42F292c6912E7710c838347Ae178B4a.'], new Set(['PIN']))).toBe(
    'My PIN is [PIN]. Key ghp_16C7e42F292c6912E7710c838347Ae178B4a.',
  )
  const mask = createStreamMask(all)
  let shown = 0
  for (let i = 0; i < 3000; i++) shown += mask.push('abcde').length
  expect(shown).toBeGreaterThan(0)
  // The beginning of a key whose end never comes shows nothing of it.
  expect(masked(['-----BEGIN PRIVATE KEY-----\n', 'MIIE'.repeat(10_000)])).toBe('[key]')
})
