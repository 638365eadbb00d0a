import type { ToolCall } from '@jarvis/contracts/parts.ts'

export type Segment = { kind: 'text'; text: string } | { kind: 'tools'; calls: ToolCall[] }

/** An answer's text cut where its tools were called, so that each call stands in its place; calls at one place stay together. */
export function segments(content: string, toolCalls: readonly ToolCall[]): Segment[] {
  const result: Segment[] = []
  let from = 0
  for (const call of toolCalls.toSorted((a, b) => a.offset - b.offset)) {
    const to = Math.min(call.offset, content.length)
    const text = content.slice(from, to)
    if (text.trim()) result.push({ kind: 'text', text })
    from = Math.max(from, to)
    const last = result.at(-1)
    if (last?.kind === 'tools') last.calls.push(call)
    else result.push({ kind: 'tools', calls: [call] })
  }
  const rest = content.slice(from)
  if (rest.trim()) result.push({ kind: 'text', text: rest })
  return result
}
