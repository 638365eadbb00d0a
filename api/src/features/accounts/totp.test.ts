import { Secret, TOTP } from 'otpauth'
import jsqr from 'jsqr'
import sharp from 'sharp'
import { expect, test } from 'vitest'
import { hashRecoveryCode, newRecoveryCodes } from './recovery-codes.ts'
import { newTotpSecret, showTotp, totpStep } from './totp.ts'

const secret = newTotpSecret()
const now = 1_800_000_000_000
const codeAt = (ms: number, of = secret) => new TOTP({ secret: Secret.fromBase32(of) }).generate({ timestamp: ms })

test('a code is good in its half minute and the two beside it, and in no other', () => {
  const step = now / 30_000
  expect([-60_000, -30_000, 0, 30_000, 60_000].map((off) => totpStep(secret, codeAt(now + off), now))).toEqual([null, step - 1, step, step + 1, null])
  expect(totpStep(newTotpSecret(), codeAt(now), now)).toBeNull()
})

test('what is no code is no good, and breaks nothing', () => {
  for (const odd of ['', '12345', '1234567', 'abcdef', '１２３４５６', '-12345', '1e5000']) expect(totpStep(secret, odd, now)).toBeNull()
})

test('codes are those of RFC 6238', () => {
  const ofRfc = Secret.fromLatin1('12345678901234567890').base32
  // Appendix B has eight digits, of which these are the last six.
  for (const [seconds, code] of [
    [59, '287082'],
    [1_111_111_109, '081804'],
    [20_000_000_000, '353130'],
  ] as const)
    expect(totpStep(ofRfc, code, seconds * 1000)).toBe(Math.floor(seconds / 30))
})

test('a secret has twenty bytes, and its picture is read by another program as its address', async () => {
  expect(Secret.fromBase32(secret).bytes).toHaveLength(20)
  const { uri, qrSvg } = showTotp(secret, 'ann+x@example.org')
  expect(uri).toMatch(/^otpauth:\/\/totp\/Jarvis:ann%2Bx%40example\.org\?issuer=Jarvis&secret=[A-Z2-7]{32}&algorithm=SHA1&digits=6&period=30$/)
  expect(qrSvg).not.toMatch(/<script|style=|href=/)
  const { data, info } = await sharp(Buffer.from(qrSvg)).resize(600).ensureAlpha().raw().toBuffer({ resolveWithObject: true })
  expect(jsqr.default(new Uint8ClampedArray(data), info.width, info.height)?.data).toBe(uri)
})

test('a recovery code is known however it is written, and to its own person alone', () => {
  const key = Buffer.alloc(32, 1)
  const codes = newRecoveryCodes()
  expect(new Set(codes).size).toBe(10)
  for (const code of codes) expect(code).toMatch(/^[0-9a-hjkmnp-tv-z]{5}-[0-9a-hjkmnp-tv-z]{5}$/)
  const kept = hashRecoveryCode(key, 'u1', '01abc-1defg')
  for (const typed of ['01ABC 1DEFG', 'oiabcLdefg', ' 0labc-idefg ']) expect(hashRecoveryCode(key, 'u1', typed)).toBe(kept)
  expect(hashRecoveryCode(key, 'u2', '01abc-1defg')).not.toBe(kept)
  expect(kept).not.toContain('01abc')
})
