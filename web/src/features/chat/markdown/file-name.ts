const endings: Record<string, string> = {
  bash: 'sh',
  csharp: 'cs',
  javascript: 'js',
  kotlin: 'kt',
  markdown: 'md',
  mermaid: 'mmd',
  python: 'py',
  ruby: 'rb',
  rust: 'rs',
  shell: 'sh',
  text: 'txt',
  typescript: 'ts',
}

const isFileName = /^[\w-][\w.-]{0,80}\.\w{1,8}$/

/** How a block of code is called when it is saved: as its fence says, or by its language. */
export function fileNameOf(language: string | undefined, note: string | undefined): string {
  const named = note?.split(/[\s"'=:/\\]+/).findLast((word) => isFileName.test(word))
  if (named) return named
  const name = language?.toLowerCase() ?? 'text'
  return `code.${endings[name] ?? (/^\w{1,8}$/.test(name) ? name : 'txt')}`
}
