/**
 * The lines of a stream, split at `\n` alone: JSON may hold U+2028, U+2029 and U+0085 unescaped. A `\r` stays at the end of its line,
 * where JSON allows it. Not by node:readline, which splits at those too, and whose iterator ends the process when its input breaks off.
 */
export async function* linesOf(chunks: AsyncIterable<Uint8Array | string>): AsyncGenerator<string> {
  const decoder = new TextDecoder()
  let rest = ''
  for await (const chunk of chunks) {
    const lines = (rest + (typeof chunk === 'string' ? chunk : decoder.decode(chunk, { stream: true }))).split('\n')
    rest = lines.pop()!
    yield* lines
  }
  rest += decoder.decode()
  if (rest !== '') yield rest
}
