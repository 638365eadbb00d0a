/** Stands where a passage was cut out of a tool's output. */
export const removedMark = '[removed: text that tried to instruct the assistant]'
