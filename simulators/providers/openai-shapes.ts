import { chunk, counted, done, end, halves, last, right, saying, thought, whole } from './openai-chunks.ts'
import { data, type Shape, stream } from './shape.ts'

const text: Shape[] = [
  { name: 'text in two deltas', reply: saying(...halves), becomes: right },
  { name: 'a role in each delta', reply: saying(...halves.map((half) => ({ role: 'assistant', ...half }))), becomes: right },
  { name: 'empty deltas between', reply: saying({}, { content: '' }, halves[0]!, { content: null }, halves[1]!, {}), becomes: right },
  { name: 'a first chunk without choices', reply: stream(data({ prompt_filter_results: [] }), whole), becomes: right },
  { name: 'choices that are null', reply: stream(data({ choices: null }), whole), becomes: right },
  { name: 'a delta that is null', reply: stream(chunk(null), whole), becomes: right },
  { name: 'content as a list', reply: saying({ content: [{ type: 'text', text: 'The answer is 42.' }] }), becomes: right },
  {
    name: 'content as a list, then as strings',
    reply: saying({ content: [{ type: 'text', text: 'The answer ' }] }, { content: 'is 42.' }),
    becomes: right,
  },
  {
    name: 'content as a list of strings and parts',
    reply: saying({ content: ['The ', { type: 'text', text: 'answer ' }, 'is 42.'] }),
    becomes: right,
  },
  { name: 'content as a list of strings', reply: saying({ content: ['The answer ', 'is 42.'] }), becomes: right },
  { name: 'content as a list of output_text', reply: saying({ content: [{ type: 'output_text', text: 'The answer is 42.' }] }), becomes: right },
  { name: 'content as an object', reply: saying({ content: { type: 'text', text: 'The answer is 42.' } }), becomes: right },
  { name: 'content whose text is an object', reply: saying({ content: [{ type: 'text', text: { value: 'The answer is 42.' } }] }), becomes: right },
  {
    name: 'thinking parts in a list of content',
    reply: saying(
      { content: [{ type: 'thinking', thinking: [{ type: 'text', text: 'Six by nine.' }] }] },
      { content: [{ type: 'text', text: 'The answer is 42.' }] },
    ),
    becomes: thought,
  },
  {
    name: 'content that nobody knows',
    reply: saying({ content: [{ type: 'hologram', beam: 'x' }] }),
    becomes: { fails: 'upstream_failed.unknown_content', used: 'estimate' },
  },
  { name: 'content that nobody knows beside text', reply: saying({ content: [{ type: 'hologram' }, 'The answer is 42.'] }), becomes: right },
  { name: 'a refusal in a field of its own', reply: saying({ refusal: 'I cannot.' }), becomes: { text: 'I cannot.', used: right.used } },
  {
    name: 'the older completions’ text',
    reply: stream(data({ choices: [{ text: 'The answer is 42.', finish_reason: 'stop' }] }), last()),
    becomes: right,
  },
  {
    name: 'a second choice beside the first',
    reply: stream(
      data({
        choices: [
          { index: 1, delta: { content: 'No.' } },
          { index: 0, delta: { content: 'The answer is 42.' } },
        ],
      }),
      end(),
    ),
    becomes: right,
  },
  { name: 'a choice without an index', reply: stream(data({ choices: [{ delta: { content: 'The answer is 42.' } }] }), end()), becomes: right },
  { name: 'NUL and half a character', reply: saying({ content: 'A\u0000 \ud83d' }), becomes: { text: 'A\u0000 \ud83d', used: right.used } },
]

const thinking: Shape[] = [
  {
    name: 'reasoning_content before the text',
    reply: saying({ reasoning_content: 'Six ' }, { reasoning_content: 'by nine.' }, ...halves),
    becomes: thought,
  },
  { name: 'reasoning before the text', reply: saying({ reasoning: 'Six by nine.' }, ...halves), becomes: thought },
  {
    name: 'the same thought in two fields',
    reply: saying({ reasoning: 'Six by nine.', reasoning_content: 'Six by nine.' }, ...halves),
    becomes: thought,
  },
  {
    name: 'reasoning with its details',
    reply: saying({ reasoning: 'Six by nine.', reasoning_details: [{ type: 'reasoning.text', text: 'Six by nine.' }] }, ...halves),
    becomes: thought,
  },
  {
    name: 'details of reasoning alone',
    reply: saying({ reasoning_details: [{ type: 'reasoning.summary', summary: 'Six by nine.' }] }, ...halves),
    becomes: thought,
  },
  {
    name: 'encrypted reasoning alone',
    reply: saying({ reasoning_details: [{ type: 'reasoning.encrypted', data: 'E' }] }, ...halves),
    becomes: { ...right, reasoning: '' },
  },
  { name: '<think> in one piece', reply: saying({ content: '<think>Six by nine.</think>\n\nThe answer is 42.' }), becomes: thought },
  {
    name: '<think> cut over chunks',
    reply: saying(...Array.from('<think>Six by nine.</think>\n\nThe answer is 42.').map((content) => ({ content }))),
    becomes: thought,
  },
  {
    name: '<thinking> after white space, in capitals',
    reply: saying({ content: '\n <THINKING>' }, { content: 'Six by nine.</THINKING>The answer is 42.' }),
    becomes: thought,
  },
  {
    name: 'a tag in the middle of the text',
    reply: saying({ content: 'Write <think>x</think>.' }),
    becomes: { text: 'Write <think>x</think>.', reasoning: '', used: right.used },
  },
  {
    name: 'a text that begins like a tag',
    reply: saying({ content: '<th' }, { content: '>x' }),
    becomes: { text: '<th>x', reasoning: '', used: right.used },
  },
  { name: 'a thought that is never closed', reply: saying({ content: '<think>The answer is 42.' }), becomes: { ...right, reasoning: right.text } },
  { name: 'an empty thought', reply: saying({ content: '<think>\n</think>The answer is 42.' }), becomes: { ...right, reasoning: '\n' } },
  {
    name: 'a thought and nothing else, cut for its length',
    reply: stream(chunk({ reasoning_content: 'Six' }), end('length')),
    becomes: { fails: 'upstream_failed.cut_before_text', used: { in: 10, out: 5 }, requests: 1 },
  },
]

const ends: Shape[] = [
  { name: 'no [DONE]', reply: stream(...halves.map((half) => chunk(half)), chunk({}, 'stop', { usage: counted })), becomes: right },
  { name: 'no reason before [DONE]', reply: stream(...halves.map((half) => chunk(half)), last()), becomes: right },
  { name: 'an empty reason', reply: stream(...halves.map((half) => chunk(half, '')), last()), becomes: right },
  { name: 'the reason “eos”', reply: stream(...halves.map((half) => chunk(half)), end('eos')), becomes: { ...right, finish: 'stop' } },
  {
    name: 'the reason “model_length” (Mistral)',
    reply: stream(...halves.map((half) => chunk(half)), end('model_length')),
    becomes: { ...right, finish: 'length' },
  },
  {
    name: 'the reason “error” beside an error in the last chunk (OpenRouter)',
    reply: stream(chunk(halves[0]!), chunk({ content: '' }, 'error', { error: { code: 502, message: 'Provider disconnected' } })),
    becomes: { fails: 'upstream_failed.in_answer', used: 'estimate', requests: 1 },
  },
  {
    name: 'the reason “error” alone (Mistral)',
    reply: stream(chunk(halves[0]!), end('error')),
    becomes: { fails: 'upstream_failed.in_answer', used: 'estimate', requests: 1 },
  },
  {
    name: 'the reason “error” before any text, once',
    reply: (_body, index) => (index === 0 ? stream(chunk({}, 'error'), done) : stream(whole)),
    becomes: { ...right, requests: 2 },
  },
  { name: 'the reason “length”', reply: stream(...halves.map((half) => chunk(half)), end('length')), becomes: { ...right, finish: 'length' } },
  {
    name: 'the reason “content_filter” after text',
    reply: stream(...halves.map((half) => chunk(half)), end('content_filter')),
    becomes: { ...right, finish: 'content_filter' },
  },
  {
    name: 'a filtered answer without text',
    reply: stream(end('content_filter')),
    becomes: { fails: 'content_filtered.answer', used: { in: 10, out: 5 }, requests: 1 },
  },
  {
    name: 'neither reason nor [DONE]',
    reply: stream(...halves.map((half) => chunk(half))),
    becomes: { fails: 'upstream_failed.broke_off', used: 'estimate', requests: 1 },
  },
  { name: 'a bare [DONE] without its empty line', reply: stream(...halves.map((half) => chunk(half)), end().trimEnd()), becomes: right },
  { name: 'left open after [DONE]', reply: { ...stream(whole), after: 'open' }, becomes: right },
  {
    name: 'left open after its reason and usage',
    reply: { ...stream(...halves.map((half) => chunk(half)), chunk({}, 'stop', { usage: counted })), after: 'open' },
    becomes: right,
  },
  {
    name: 'cut after its reason',
    reply: { ...stream(...halves.map((half) => chunk(half)), chunk({}, 'stop', { usage: counted })), after: 'cut' },
    becomes: right,
  },
  {
    name: 'cut in the middle',
    reply: { ...stream(chunk(halves[0]!)), after: 'cut' },
    becomes: { fails: 'upstream_failed.broke_off', used: 'estimate', requests: 1 },
  },
  { name: 'nothing at all', reply: stream(last()), becomes: { fails: 'upstream_failed.empty', used: { in: 10, out: 5 } } },
]

const usage = (given: object | null, used: { in: number; out: number; cached?: number; reasoning?: number } | 'estimate', name: string): Shape => ({
  name: `usage ${name}`,
  reply: stream(...halves.map((half) => chunk(half)), chunk({}, 'stop'), last(given)),
  becomes: { text: right.text, used },
})
const charges: Shape[] = [
  usage(null, 'estimate', 'that is missing'),
  usage({ prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 }, 'estimate', 'of zero'),
  usage({ prompt_tokens: 10, completion_tokens: 0 }, 'estimate', 'of zero for an answer'),
  usage({ prompt_tokens: 1e12, completion_tokens: 5 }, 'estimate', 'of 10¹² read'),
  usage({ prompt_tokens: 10, completion_tokens: 1e12 }, 'estimate', 'of 10¹² written'),
  usage({ prompt_tokens: -1, completion_tokens: 5 }, 'estimate', 'below zero'),
  usage({ prompt_tokens: '10', completion_tokens: '5' }, 'estimate', 'in words'),
  usage({ total_tokens: 15 }, 'estimate', 'of a total alone'),
  usage(
    { prompt_tokens: 100, completion_tokens: 20, total_tokens: 1120 },
    { in: 100, out: 1020, reasoning: 1000 },
    'whose reasoning is in the total alone',
  ),
  usage(
    { prompt_tokens: 100, completion_tokens: 20, completion_tokens_details: { reasoning_tokens: 8 } },
    { in: 100, out: 20, reasoning: 8 },
    'with reasoning',
  ),
  usage(
    { prompt_tokens: 100, completion_tokens: 20, prompt_tokens_details: { cached_tokens: 64 } },
    { in: 100, out: 20, cached: 64 },
    'with cached tokens',
  ),
  usage(
    { prompt_tokens: 100, completion_tokens: 20, prompt_cache_hit_tokens: 64 },
    { in: 100, out: 20, cached: 64 },
    'with DeepSeek’s cached tokens',
  ),
  usage(
    { prompt_tokens: 100, completion_tokens: 20, prompt_tokens_details: null, completion_tokens_details: null },
    { in: 100, out: 20 },
    'with details that are null',
  ),
  {
    name: 'usage in each chunk',
    reply: stream(
      chunk(halves[0]!, null, { usage: { prompt_tokens: 10, completion_tokens: 2 } }),
      chunk(halves[1]!, 'stop', { usage: counted }),
      done,
    ),
    becomes: right,
  },
  {
    name: 'usage in the last chunk with content',
    reply: stream(chunk(halves[0]!), chunk(halves[1]!, 'stop', { usage: counted }), done),
    becomes: right,
  },
  {
    name: 'usage as Groq puts it',
    reply: stream(...halves.map((half) => chunk(half)), chunk({}, 'stop', { x_groq: { usage: counted } }), done),
    becomes: right,
  },
]

export const openAiShapes: Shape[] = [...text, ...thinking, ...ends, ...charges]
