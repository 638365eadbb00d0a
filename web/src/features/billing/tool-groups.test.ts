import { afterEach, expect, test, vi } from 'vitest'
import { showLanguage } from '#words/language.ts'
import { toolGroups } from './tool-groups.ts'

afterEach(() => vi.unstubAllGlobals())

test('a plan says what its tools are in the language of the page, those of the browser and of a server as one', async () => {
  vi.stubGlobal('localStorage', { getItem: () => 'de' })
  vi.stubGlobal('document', { documentElement: {} })
  await showLanguage()
  const own = ['web_search', 'search_files', 'query_data', 'image_generate', 'calculator', 'clock', 'system_command']
  expect(toolGroups([...own, 'browser_open', 'browser_click', 'issue_tracker__list'])).toEqual([
    'Websuche',
    'Dateien',
    'Daten',
    'Bilder erstellen',
    'Rechner',
    'Uhr',
    'Systembefehle, jeder bestätigt',
    'Browser',
    'Issue tracker',
  ])
})
