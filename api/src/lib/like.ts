/** Text that `like` takes for itself, and not for a pattern. */
export const literally = (text: string): string => text.replace(/[\\%_]/g, (character) => `\\${character}`)

/** What `like` finds it by, wherever it stands. */
export const containing = (text: string): string => `%${literally(text)}%`
