import { chunk, end, halves, last, thought } from './openai-chunks.ts'
import { type Reply, type Shape, stream } from './shape.ts'

const call = (more: object, fn: object) => ({ tool_calls: [{ ...more, type: 'function', function: fn }] })
const calling = (...deltas: object[]): Reply => stream(...deltas.map((delta) => chunk(delta)), end('tool_calls'))
const [one, two] = [
  { name: 'look', args: { a: 1 } },
  { name: 'look', args: { a: 2 } },
]
export const both = { calls: [one, two], used: { in: 10, out: 5 } }
const single = { calls: [one], used: { in: 10, out: 5 } }

export const callShapes: Shape[] = [
  {
    name: 'two calls as OpenAI sends them',
    reply: calling(
      call({ index: 0, id: 'a' }, { name: 'look', arguments: '' }),
      { tool_calls: [{ index: 0, function: { arguments: '{"a":1}' } }] },
      call({ index: 1, id: 'b' }, { name: 'look', arguments: '{"a":2}' }),
    ),
    becomes: both,
  },
  {
    name: 'two calls interleaved by index',
    reply: calling(
      {
        tool_calls: [
          { index: 0, id: 'a', function: { name: 'look', arguments: '' } },
          { index: 1, id: 'b', function: { name: 'look', arguments: '' } },
        ],
      },
      { tool_calls: [{ index: 1, function: { arguments: '{"a"' } }] },
      { tool_calls: [{ index: 0, function: { arguments: '{"a":1}' } }] },
      { tool_calls: [{ index: 1, function: { arguments: ':2}' } }] },
    ),
    becomes: both,
  },
  {
    name: 'two calls, both index 0, with ids',
    reply: calling(
      call({ index: 0, id: 'a' }, { name: 'look', arguments: '{"a":1}' }),
      call({ index: 0, id: 'b' }, { name: 'look', arguments: '{"a":2}' }),
    ),
    becomes: both,
  },
  {
    name: 'two calls, both index 0, without ids',
    reply: calling(call({ index: 0 }, { name: 'look', arguments: '{"a":1}' }), call({ index: 0 }, { name: 'look', arguments: '{"a":2}' })),
    becomes: both,
  },
  {
    name: 'two calls without index or id, in one chunk',
    reply: calling({ tool_calls: [{ function: { name: 'look', arguments: '{"a":1}' } }, { function: { name: 'look', arguments: '{"a":2}' } }] }),
    becomes: both,
  },
  {
    name: 'two calls without index or id, in two chunks',
    reply: calling(call({}, { name: 'look', arguments: '{"a":1}' }), call({}, { name: 'look', arguments: '{"a":2}' })),
    becomes: both,
  },
  {
    name: 'two calls without arguments, index or id',
    reply: calling(call({}, { name: 'look' }), call({}, { name: 'look' })),
    becomes: {
      calls: [
        { name: 'look', args: {} },
        { name: 'look', args: {} },
      ],
    },
  },
  {
    name: 'two calls with the same id',
    reply: calling(
      call({ index: 0, id: 'a' }, { name: 'look', arguments: '{"a":1}' }),
      call({ index: 1, id: 'a' }, { name: 'look', arguments: '{"a":2}' }),
    ),
    becomes: both,
  },
  {
    name: 'a call without index, cut in pieces',
    reply: calling(call({ id: 'a' }, { name: 'look', arguments: '{"a"' }), { tool_calls: [{ function: { arguments: ':1}' } }] }),
    becomes: single,
  },
  {
    name: 'an id in a later fragment',
    reply: calling(call({ index: 0 }, { name: 'look', arguments: '{"a"' }), { tool_calls: [{ index: 0, id: 'a', function: { arguments: ':1}' } }] }),
    becomes: single,
  },
  {
    name: 'a new id in each fragment',
    reply: calling(
      call({ index: 0, id: 'a' }, { name: 'look', arguments: '{"a"' }),
      { tool_calls: [{ index: 0, id: 'b', function: { arguments: ':1' } }] },
      { tool_calls: [{ index: 0, id: 'c', function: { arguments: '}' } }] },
    ),
    becomes: single,
  },
  {
    name: 'the name again in each fragment',
    reply: calling(call({ index: 0, id: 'a' }, { name: 'look', arguments: '{"a"' }), call({ index: 0, id: 'a' }, { name: 'look', arguments: ':1}' })),
    becomes: single,
  },
  {
    name: 'a name in two fragments',
    reply: calling(call({ index: 0, id: 'a' }, { name: 'lo' }), call({ index: 0 }, { name: 'ok', arguments: '{"a":1}' })),
    becomes: single,
  },
  {
    name: 'the name after the id',
    reply: calling({ tool_calls: [{ index: 0, id: 'a' }] }, { tool_calls: [{ index: 0, function: { name: 'look', arguments: '{"a":1}' } }] }),
    becomes: single,
  },
  { name: 'arguments as an object', reply: calling(call({ index: 0, id: 'a' }, { name: 'look', arguments: { a: 1 } })), becomes: single },
  {
    name: 'arguments that are null',
    reply: calling(call({ index: 0, id: 'a' }, { name: 'look', arguments: null })),
    becomes: { calls: [{ name: 'look', args: {} }] },
  },
  {
    name: 'the older function_call',
    reply: calling({ function_call: { name: 'look', arguments: '{"a"' } }, { function_call: { arguments: ':1}' } }),
    becomes: single,
  },
  {
    name: 'calls that end with “stop”',
    reply: stream(chunk(call({ index: 0, id: 'a' }, { name: 'look', arguments: '{"a":1}' })), end('stop')),
    becomes: single,
  },
  {
    name: 'calls, [DONE], and no reason',
    reply: stream(chunk(call({ index: 0, id: 'a' }, { name: 'look', arguments: '{"a":1}' })), last()),
    becomes: single,
  },
  {
    name: 'half a call, [DONE], and no reason',
    reply: stream(chunk(call({ index: 0, id: 'a' }, { name: 'look', arguments: '{"a"' })), last()),
    becomes: { fails: 'upstream_failed.broke_off', used: 'estimate' },
  },
  {
    name: 'a call cut for its length',
    reply: stream(chunk(call({ index: 0, id: 'a' }, { name: 'look', arguments: '{"a"' })), end('length')),
    becomes: { fails: 'upstream_failed.call_broke_off', used: 'estimate' },
  },
  {
    name: 'a call without a name',
    reply: calling(call({ index: 0, id: 'a' }, { arguments: '{}' })),
    becomes: { fails: 'upstream_failed.call_invalid', used: 'estimate' },
  },
  {
    name: 'a call beside text and thought',
    reply: calling({ reasoning_content: 'Six by nine.' }, ...halves, call({ index: 0, id: 'a' }, { name: 'look', arguments: '{"a":1}' })),
    becomes: { ...thought, ...single },
  },
]
