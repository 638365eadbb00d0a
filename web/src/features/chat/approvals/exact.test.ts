import { expect, test } from 'vitest'
import { faultOf, laidOut, visible } from './exact.ts'

test.each([
  ['pay alice', 'pay alice'],
  ['pay \u202Eecila\u202C', 'pay ⟨U+202E⟩ecila⟨U+202C⟩'],
  ['a\u200Bb\u{E0041}', 'a⟨U+200B⟩b⟨U+E0041⟩'],
  ['two\nlines\r', 'two\nlines⟨U+000D⟩'],
  ['a\u2800b\u034Fc\u00A0d\uFE0Fe', 'a⟨U+2800⟩b⟨U+034F⟩c⟨U+00A0⟩d⟨U+FE0F⟩e'],
  ['a\u3164b\u2003c\u3000d\u180Be\u{E0100}f\uE000g\uD800', 'a⟨U+3164⟩b⟨U+2003⟩c⟨U+3000⟩d⟨U+180B⟩e⟨U+E0100⟩f⟨U+E000⟩g⟨U+D800⟩'],
  ['Zoë schrieb: "naïve – 10 €" 你好 привет', 'Zoë schrieb: "naïve – 10 €" 你好 привет'],
  ['p\u0430yp\u0430l.com', 'p⟨U+0430⟩yp⟨U+0430⟩l.com'],
  ['\u0455\u0441\u043E\u0440\u0435 and scope', '⟨U+0455⟩⟨U+0441⟩⟨U+043E⟩⟨U+0440⟩⟨U+0435⟩ and scope'],
  ['ｅｖｉｌ and 𝐞𝐯𝐢𝐥', '⟨U+FF45⟩⟨U+FF56⟩⟨U+FF49⟩⟨U+FF4C⟩ and ⟨U+1D41E⟩⟨U+1D42F⟩⟨U+1D422⟩⟨U+1D425⟩'],
  ['https:\u2215\u2215a.test\u2044b', 'https:⟨U+2215⟩⟨U+2215⟩a.test⟨U+2044⟩b'],
])('nothing hides: %j reads %j', (text, shown) => expect(visible(text)).toBe(shown))

test.each([
  ['{"a":1}', '{\n  "a": 1\n}'],
  ['{"a":1,"a":2}', '{"a":1,"a":2}'],
  ['{"n":12345678901234567890}', '{"n":12345678901234567890}'],
  ['not json', 'not json'],
])('laying %s out never changes what it says', (args, shown) => expect(laidOut(args)).toBe(shown))

test.each(['', '[1]', '"x"', '{"a":}'])('%j is refused as arguments', (args) => expect(faultOf(args)).toEqual(expect.any(String)))
test('an object is accepted as arguments', () => expect(faultOf('{"to":"x"}')).toBeNull())
