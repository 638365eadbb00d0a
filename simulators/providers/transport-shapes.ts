import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib'
import { both } from './openai-call-shapes.ts'
import { chunk, counted, end, halves, packets, right, whole } from './openai-chunks.ts'
import { json, type Shape, stream } from './shape.ts'

export const transportShapes: Shape[] = [
  { name: 'CRLF', reply: stream(whole.replaceAll('\n', '\r\n')), becomes: right },
  { name: 'CR alone', reply: stream(whole.replaceAll('\n', '\r')), becomes: right },
  { name: 'a byte order mark', reply: stream(`\ufeff${whole}`), becomes: right },
  { name: 'data: without its space', reply: stream(whole.replaceAll('data: ', 'data:')), becomes: right },
  { name: 'comments and fields between', reply: stream(`: hello\n\nid: 7\nretry: 10\n${whole}`), becomes: right },
  {
    name: 'characters cut in packets of three bytes',
    reply: stream(...packets(chunk({ content: 'Grüße, 世界! 👩‍🚀' }) + end(), 3)),
    becomes: { text: 'Grüße, 世界! 👩‍🚀', used: right.used },
  },
  { name: 'everything in one packet', reply: stream(whole), becomes: right },
  { name: 'gzip', reply: { parts: [gzipSync(whole)], headers: { 'content-type': 'text/event-stream', 'content-encoding': 'gzip' } }, becomes: right },
  {
    name: 'deflate',
    reply: { parts: [deflateSync(whole)], headers: { 'content-type': 'text/event-stream', 'content-encoding': 'deflate' } },
    becomes: right,
  },
  {
    name: 'Brotli',
    reply: { parts: [brotliCompressSync(whole)], headers: { 'content-type': 'text/event-stream', 'content-encoding': 'br' } },
    becomes: right,
  },
  { name: 'text/plain', reply: { ...stream(whole), headers: { 'content-type': 'text/plain; charset=utf-8' } }, becomes: right },
  { name: 'application/octet-stream', reply: { ...stream(whole), headers: { 'content-type': 'application/octet-stream' } }, becomes: right },
  {
    name: 'a content type in capitals',
    reply: { ...stream(whole), headers: { 'content-type': 'Text/Event-Stream; Charset=UTF-8' } },
    becomes: right,
  },
  { name: 'no content type', reply: { ...stream(whole), headers: {} }, becomes: right },
  {
    name: 'a JSON answer to a streamed request',
    reply: json({
      model: 'm',
      choices: [{ index: 0, message: { role: 'assistant', content: 'The answer is 42.' }, finish_reason: 'stop' }],
      usage: counted,
    }),
    becomes: right,
  },
  {
    name: 'a JSON answer that says it is a stream',
    reply: stream(JSON.stringify({ choices: [{ message: { content: 'The answer is 42.' }, finish_reason: 'stop' }], usage: counted })),
    becomes: right,
  },
  {
    name: 'a JSON answer with calls',
    reply: json({
      choices: [
        {
          message: {
            content: null,
            tool_calls: [
              { id: 'a', function: { name: 'look', arguments: '{"a":1}' } },
              { id: 'b', function: { name: 'look', arguments: { a: 2 } } },
            ],
          },
          finish_reason: 'tool_calls',
        },
      ],
      usage: counted,
    }),
    becomes: both,
  },
  {
    name: 'HTML with status 200',
    reply: { parts: ['<html>Sign in</html>'], headers: { 'content-type': 'text/html' } },
    becomes: { fails: 'upstream_failed.no_stream', used: 'nothing' },
  },
  { name: 'HTML that says it is a stream', reply: stream('<html>Sign in</html>'), becomes: { fails: 'upstream_failed.no_stream', used: 'nothing' } },
  {
    name: '10 MB of text',
    reply: stream(...Array.from({ length: 20 }, () => chunk({ content: 'x'.repeat(512 * 1024) }))),
    becomes: { fails: 'upstream_failed.too_long', used: 'estimate', requests: 1 },
  },
  {
    name: 'a line without end',
    reply: { ...stream(`data: ${'x'.repeat(3 * 1024 * 1024)}`), after: 'open' },
    becomes: { fails: 'upstream_failed.unreadable', used: 'estimate' },
  },
  {
    name: 'JSON that is cut',
    reply: stream(chunk(halves[0]!), 'data: {"choices":[{"delta"\n\n'),
    becomes: { fails: 'upstream_failed.unreadable', used: 'estimate', requests: 1 },
  },
  { name: 'an empty body', reply: stream(), becomes: { fails: 'upstream_failed.broke_off', used: 'estimate' } },
  {
    name: 'an empty body of no type and status 204',
    reply: { status: 204, parts: [], headers: {} },
    becomes: { fails: 'upstream_failed.broke_off', used: 'estimate' },
  },
  {
    name: 'comments alone, for longer than it may be silent',
    firstTokenSeconds: 4,
    idleSeconds: 4,
    reply: { ...stream(...Array.from({ length: 22 }, () => ': keep-alive\n\n'), whole), pauseMs: 200 },
    becomes: { ...right, requests: 1 },
  },
  {
    name: 'silence before the headers',
    firstTokenSeconds: 0.2,
    reply: { parts: [], silent: true },
    becomes: { fails: 'upstream_timeout', used: 'estimate', requests: 1 },
  },
  {
    name: 'silence before the first token',
    firstTokenSeconds: 0.2,
    reply: { ...stream(chunk({ role: 'assistant' })), after: 'open' },
    becomes: { fails: 'upstream_timeout', used: 'estimate', requests: 1 },
  },
  {
    name: 'silence after the first token',
    idleSeconds: 0.2,
    reply: { ...stream(chunk(halves[0]!)), after: 'open' },
    becomes: { fails: 'upstream_timeout', used: 'estimate', requests: 1 },
  },
]
