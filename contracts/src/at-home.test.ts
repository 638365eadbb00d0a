import { expect, test } from 'vitest'
import { isAtHome } from './at-home.ts'

test.each([
  ['http://localhost:11434/v1', true],
  ['http://ollama:11434/v1', true],
  ['http://gpu.lan/v1', true],
  ['http://vllm.models.svc.cluster.local/v1', true],
  ['http://192.168.1.7:8000/v1', true],
  ['http://172.20.0.2/v1', true],
  ['http://100.101.102.103/v1', true],
  ['http://[::1]:8080/v1', true],
  ['http://[fd00::7]/v1', true],
  ['https://api.deepseek.com/v1', false],
  ['https://api.openai.com/v1', false],
  ['https://172.32.0.1/v1', false],
  ['https://8.8.8.8/v1', false],
  ['https://localhost.example.org/v1', false],
  ['https://[2606:4700::1111]/v1', false],
])('%s is at home: %s', (url, expected) => {
  expect(isAtHome(url)).toBe(expected)
})
