import { data, type Reply, stream } from './shape.ts'

export const counted = { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 }
export const done = 'data: [DONE]\n\n'
export const chunk = (delta: object | null, finish: unknown = null, more: object = {}) =>
  data({ id: 'x', object: 'chat.completion.chunk', model: 'm', choices: [{ index: 0, delta, finish_reason: finish }], ...more })
export const last = (usage: object | null = counted) => data({ choices: [], usage }) + done
export const end = (finish: unknown = 'stop', usage: object = counted) => chunk({}, finish) + last(usage)
export const saying = (...deltas: object[]): Reply => stream(...deltas.map((delta) => chunk(delta)), end())
export const right = { text: 'The answer is 42.', used: { in: 10, out: 5 } }
export const halves = [{ content: 'The answer ' }, { content: 'is 42.' }]
export const whole = halves.map((half) => chunk(half)).join('') + end()
export const packets = (text: string, size: number) => {
  const bytes = Buffer.from(text)
  return Array.from({ length: Math.ceil(bytes.length / size) }, (_, at) => bytes.subarray(at * size, (at + 1) * size))
}
export const thought = { ...right, reasoning: 'Six by nine.' }
