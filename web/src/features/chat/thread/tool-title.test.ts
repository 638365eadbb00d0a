import { expect, test } from 'vitest'
import { toolTitle } from './tool-title.ts'

test.each([
  ['web_search', '{"query":"tides in Delft"}', 'Searching the web for “tides in Delft”'],
  ['web_search', '{"query":"ti', 'Searching the web for …'],
  ['calculator', '{"expression":"12 * 7"}', 'Calculating 12 × 7'],
  ['read_page', '{"url":"https://example.org/a?b"}', 'Reading example.org'],
  ['weather', '{"city":"Oslo"}', 'Looking up the weather in Oslo'],
  ['system_command', '{"argv":["df","-hT"]}', 'Running df'],
  ['system_command', '{"argv":["hеad","-n5"]}', 'Running a command'],
  ['system_command', '{"argv":"ls"}', 'Running a command'],
  ['browser_open', '{"url":"https://example.org/a"}', 'Opening example.org'],
  ['file_ticket', '{}', 'File ticket'],
])('%s %s → %s', (name, args, title) => expect(toolTitle(name, args)).toBe(title))

test('a tool of another author keeps its own title', () => expect(toolTitle('x9', '{}', 'Ask the wiki')).toBe('Ask the wiki'))
