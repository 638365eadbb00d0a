import { endpoints } from '@jarvis/contracts/endpoints.ts'
import { expect, test } from 'vitest'

test('of the endpoints a browser has method and url: what describes them stays with the server', () => {
  for (const [name, endpoint] of Object.entries(endpoints)) expect([name, ...Object.keys(endpoint)]).toEqual([name, 'method', 'url'])
})
