import { describe, expect, test } from 'vitest'
import { growth, growthMax, hostileTexts } from '#test/processor-time.ts'
import { containing } from '#lib/like.ts'
import { titleOf } from './title.ts'

describe.each([
  ['a title', titleOf],
  ['the words of a search', containing],
])('the time for %s grows in proportion to the text', (_name, work) => {
  test.each(hostileTexts)('of %s', (_text, text) => {
    expect(growth(text, work)).toBeLessThan(growthMax)
  })
})
