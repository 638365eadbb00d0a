import type { KeyboardEvent } from 'react'

/** What an input method still holds a key for. Safari ends a composition before the Enter that did it, and marks that key as 229 alone. */
export const isComposing = ({ nativeEvent, keyCode }: Pick<KeyboardEvent, 'nativeEvent' | 'keyCode'>) => nativeEvent.isComposing || keyCode === 229
