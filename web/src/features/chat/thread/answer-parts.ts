/** What stands around an answer's text. It is loaded beside the page, as Markdown is: there is much of it, and a text can be read without. */
export { AnswerDetails } from './answer-details.tsx'
export { BranchSwitcher } from './branch-switcher.tsx'
export { Outcome } from './outcome.tsx'
export { Reasoning } from './reasoning.tsx'
export { Rating } from './rating.tsx'
export { Recalled } from './recalled.tsx'
export { Sources } from './sources.tsx'
export { ToolRow } from './tool-row.tsx'
