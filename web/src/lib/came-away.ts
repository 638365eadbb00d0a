import { createStore } from './store.ts'

/** How much has come while the page was hidden; it stands in the page's title. */
export const cameAway = createStore(0)
