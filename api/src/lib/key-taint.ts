/** Where a message that a program sent came from, for a person: to programs it is their own. */
export const keyTaint = 'a message sent with an API key'

/** The same of what a program wrote that holds for a whole conversation. */
export const keyInstructionsTaint = 'instructions that were set with an API key'
export const isKeyTaint = (taint: string | null) => taint === keyTaint || taint === keyInstructionsTaint
