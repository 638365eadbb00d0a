import { expect, test } from 'vitest'
import type { ModelTool } from '#ports/models/index.ts'
import { toolTokensMax } from '#ports/models/prompt-bound.ts'
import { fitTools } from './fit-tools.ts'

const tool = (name: string, description = 'Does something'): ModelTool => ({ name, description, parameters: { type: 'object', properties: {} } })
const many = (count: number) => Array.from({ length: count }, (_, index) => tool(`files__tool_${index}`))
const fit = (tools: ModelTool[], words: string, { first = ['web_search'], tokensMax = 1_000_000 } = {}) =>
  fitTools({ tools, words, first: new Set(first), tokensMax }).map(({ name }) => name)

test('what fits is offered whole, in its order', () => {
  const tools = [tool('web_search'), ...many(127)]
  expect(fit(tools, 'anything')).toEqual(tools.map(({ name }) => name))
})

test('of more tools than a provider takes 128 are offered: our own, those in use, and those that the words speak for', () => {
  const wanted = [tool('wiki__deletePages', 'Removes'), tool('tickets__close', 'Closes a ticket'), tool('calendar__会議を作る', '会議を予定に入れる')]
  const tools = [tool('web_search'), ...many(150), ...wanted, tool('mail__send')]
  const offered = fit(tools, 'Close the tickets of last week, delete the page, 会議', { first: ['web_search', 'mail__send'] })
  expect(offered).toHaveLength(128)
  expect(offered).toEqual(expect.arrayContaining(['web_search', 'mail__send', ...wanted.map(({ name }) => name)]))
  expect(offered).toEqual(tools.map(({ name }) => name).filter((name) => offered.includes(name)))
})

test('tools are chosen to fit the room of tokens; one that is too long does not keep shorter ones out', () => {
  const tools = [tool('web_search'), tool('long__one', 'word '.repeat(2000)), ...many(20)]
  const tokensMax = toolTokensMax(tools[0]!) + 5 * toolTokensMax(tools.at(-1)!)
  expect(fit(tools, 'long one', { tokensMax })).toEqual(['web_search', ...many(5).map(({ name }) => name)])
})
