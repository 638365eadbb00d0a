import { createStore } from '#lib/store.ts'

/** Whether the conversation that the next message begins is a temporary one. */
export const nextIsTemporary = createStore(false)
