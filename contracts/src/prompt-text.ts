import type { PromptVariable } from './prompts.ts'

const gap = /\{\{([^{}\n]{1,80})\}\}/g
const gapsMax = 30

/** The gaps of a text, each once, in their order, with the defaults that are known. */
export function variablesIn(text: string, known: readonly PromptVariable[] = []): PromptVariable[] {
  const names = new Set(Array.from(text.matchAll(gap), ([, name = '']) => name.trim()).filter((name) => name !== '' && name.length <= 60))
  return [...names].slice(0, gapsMax).map((name) => known.find((variable) => variable.name === name) ?? { name })
}

/** The text with its gaps filled; one that nothing fills stays as it was written. */
export const fillIn = (text: string, values: Readonly<Record<string, string>>): string =>
  text.replace(gap, (written, name: string) => (Object.hasOwn(values, name.trim()) ? values[name.trim()]! : written))
