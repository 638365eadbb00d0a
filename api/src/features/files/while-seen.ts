const lookMs = 500

/** Bytes of another's file, for as long as it may be read: a long download ends like any other reading. @throws what `look` throws */
export async function* whileSeen(content: AsyncIterable<Uint8Array>, look: () => Promise<unknown>): AsyncGenerator<Uint8Array> {
  let lookedAt = performance.now()
  for await (const bytes of content) {
    if (performance.now() - lookedAt > lookMs) {
      await look()
      lookedAt = performance.now()
    }
    yield bytes
  }
}
