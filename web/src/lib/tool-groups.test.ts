import { expect, test } from 'vitest'
import { groupTools, riskText } from './tool-groups.ts'

const tool = (name: string, title: string) => ({ name, title, risk: 'read' as const })

test('the tools of the browser are one group, those of an MCP server another; each other tool is its own', () => {
  const tools = [
    tool('web_search', 'Web search'),
    tool('browser_open', 'Open'),
    tool('browser_click', 'Click'),
    tool('issue_tracker__list', 'List'),
    tool('calculator', 'Calculator'),
    tool('issue_tracker__close', 'Close'),
  ]
  expect(groupTools(tools).map(({ name, tools }) => [name, tools.length])).toEqual([
    ['Web search', 1],
    ['Browser', 2],
    ['Issue tracker', 2],
    ['Calculator', 1],
  ])
  expect(tools.map(riskText)).toEqual(['Reads', 'Reads', 'Acts on web pages', 'Reads', 'Reads', 'Reads'])
})
