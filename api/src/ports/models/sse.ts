import { StringDecoder } from 'node:string_decoder'

export type SseParser = { push(bytes: Uint8Array): void; end(): void }

/**
 * Reads an event stream (WHATWG HTML, 9.2) however its bytes are cut: characters, line ends and events may be split anywhere. Comments and
 * unknown fields are skipped. `onEvent` is called synchronously, once per event that has data. @throws RangeError past the bound of one event
 */
export function createSseParser(onEvent: (data: string, event: string) => void, eventCharactersMax = 1024 * 1024): SseParser {
  const decoder = new StringDecoder('utf8')
  let rest = ''
  let data: string | undefined
  let event = ''
  let first = true

  function line(text: string): void {
    if (text === '') return dispatch()
    const colon = text.indexOf(':')
    if (colon === 0) return
    const field = colon === -1 ? text : text.slice(0, colon)
    const value = colon === -1 ? '' : text.slice(text.charCodeAt(colon + 1) === 32 ? colon + 2 : colon + 1)
    if (field === 'data') data = data === undefined ? value : `${data}\n${value}`
    else if (field === 'event') event = value
    if (data !== undefined && data.length > eventCharactersMax) throw new RangeError('An event of the stream is too long.')
  }

  function dispatch(): void {
    if (data !== undefined) onEvent(data, event)
    data = undefined
    event = ''
  }

  function feed(text: string): void {
    if (first && text !== '') {
      first = false
      if (text.startsWith('\uFEFF')) text = text.slice(1)
    }
    const buffer = rest + text
    let start = 0
    for (let at = lineEnd(buffer, start); at !== -1; at = lineEnd(buffer, start)) {
      const isCarriageReturn = buffer.charCodeAt(at) === 13
      // A line feed may follow in the next chunk; it belongs to this line.
      if (isCarriageReturn && at === buffer.length - 1) break
      line(buffer.slice(start, at))
      start = isCarriageReturn && buffer.charCodeAt(at + 1) === 10 ? at + 2 : at + 1
    }
    rest = buffer.slice(start)
    if (rest.length > eventCharactersMax) throw new RangeError('A line of the stream is too long.')
  }

  return {
    push: (bytes) => feed(decoder.write(bytes)),
    /** Also takes a last event that lacks its empty line, as some providers end with a bare `data: [DONE]`. */
    end() {
      feed(decoder.end())
      if (rest !== '') line(rest.endsWith('\r') ? rest.slice(0, -1) : rest)
      rest = ''
      dispatch()
    },
  }
}

function lineEnd(text: string, from: number): number {
  const lineFeed = text.indexOf('\n', from)
  const carriageReturn = text.indexOf('\r', from)
  if (carriageReturn === -1) return lineFeed
  return lineFeed === -1 ? carriageReturn : Math.min(lineFeed, carriageReturn)
}
