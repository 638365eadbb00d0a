import type { Endpoints } from './endpoints.ts'
import * as example from './examples.ts'
import type { Operation } from './operations.ts'

type Name = 'memories' | 'createMemory' | 'importMemories' | 'updateMemory' | 'trustMemory' | 'deleteMemory' | 'deleteMemories'

export const memoryOperations: { [N in Name]: Operation<Endpoints[N]> } = {
  memories: {
    summary: 'List memories',
    more: 'The newest first; with `q`, the nearest in meaning.',
    answer: { items: [example.memory], nextCursor: null },
  },
  createMemory: {
    summary: 'Remember something',
    more: 'Jarvis may recall it in any later answer.',
    body: { text: example.memory.text },
    answer: example.memory,
  },
  importMemories: {
    summary: 'Import memories',
    body: { memories: [{ text: example.memory.text, trusted: true }] },
    answer: { added: 1, known: 0, refused: 0 },
  },
  updateMemory: { summary: 'Change a memory', more: 'Replaces its text.', body: { text: example.memory.text }, answer: example.memory },
  trustMemory: { summary: 'Trust a memory', body: { text: example.memory.text }, answer: example.memory },
  deleteMemory: { summary: 'Forget a memory', more: 'It is not recalled from now on.' },
  deleteMemories: { summary: 'Forget everything', more: 'All that Jarvis remembers of this person, or all that came from a conversation.' },
}
