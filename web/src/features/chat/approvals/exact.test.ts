import { expect, test } from 'vitest'
import { faultOf, laidOut } from './exact.ts'

test.each([
  ['{"a":1}', '{\n  "a": 1\n}'],
  ['{"a":1,"a":2}', '{"a":1,"a":2}'],
  ['{"n":12345678901234567890}', '{"n":12345678901234567890}'],
  ['not json', 'not json'],
])('laying %s out never changes what it says', (args, shown) => expect(laidOut(args)).toBe(shown))

test.each(['', '[1]', '"x"', '{"a":}'])('%j is refused as arguments', (args) => expect(faultOf(args)).toEqual(expect.any(String)))
test('an object is accepted as arguments', () => expect(faultOf('{"to":"x"}')).toBeNull())
