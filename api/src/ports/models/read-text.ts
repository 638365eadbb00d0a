const errorBytesMax = 64 * 1024

/** A body as text, cut off at the bound; the rest is not read. */
export async function readText(body: AsyncIterable<Uint8Array>, bytesMax = errorBytesMax): Promise<string> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of body) {
    chunks.push(chunk)
    bytes += chunk.length
    if (bytes > bytesMax) break
  }
  return Buffer.concat(chunks).subarray(0, bytesMax).toString('utf8')
}
