import { createBundledHighlighter, createCssVariablesTheme } from 'shiki/core'
import { createJavaScriptRegexEngine } from 'shiki/engine/javascript'
import type { Asked, Told, Token } from './highlighter.ts'

const bundledLanguages = {
  bash: () => import('shiki/langs/bash.mjs'),
  c: () => import('shiki/langs/c.mjs'),
  csharp: () => import('shiki/langs/csharp.mjs'),
  css: () => import('shiki/langs/css.mjs'),
  diff: () => import('shiki/langs/diff.mjs'),
  docker: () => import('shiki/langs/docker.mjs'),
  go: () => import('shiki/langs/go.mjs'),
  html: () => import('shiki/langs/html.mjs'),
  ini: () => import('shiki/langs/ini.mjs'),
  java: () => import('shiki/langs/java.mjs'),
  javascript: () => import('shiki/langs/javascript.mjs'),
  json: () => import('shiki/langs/json.mjs'),
  kotlin: () => import('shiki/langs/kotlin.mjs'),
  lua: () => import('shiki/langs/lua.mjs'),
  markdown: () => import('shiki/langs/markdown.mjs'),
  php: () => import('shiki/langs/php.mjs'),
  powershell: () => import('shiki/langs/powershell.mjs'),
  python: () => import('shiki/langs/python.mjs'),
  r: () => import('shiki/langs/r.mjs'),
  ruby: () => import('shiki/langs/ruby.mjs'),
  rust: () => import('shiki/langs/rust.mjs'),
  sql: () => import('shiki/langs/sql.mjs'),
  swift: () => import('shiki/langs/swift.mjs'),
  toml: () => import('shiki/langs/toml.mjs'),
  tsx: () => import('shiki/langs/tsx.mjs'),
  typescript: () => import('shiki/langs/typescript.mjs'),
  xml: () => import('shiki/langs/xml.mjs'),
  yaml: () => import('shiki/langs/yaml.mjs'),
}
type Language = keyof typeof bundledLanguages

const aliases: Record<string, Language> = {
  'c++': 'c',
  cpp: 'c',
  'c#': 'csharp',
  cs: 'csharp',
  dockerfile: 'docker',
  golang: 'go',
  js: 'javascript',
  jsx: 'tsx',
  jsonc: 'json',
  kt: 'kotlin',
  md: 'markdown',
  ps1: 'powershell',
  py: 'python',
  rb: 'ruby',
  rs: 'rust',
  sh: 'bash',
  shell: 'bash',
  ts: 'typescript',
  yml: 'yaml',
  zsh: 'bash',
}

// Colours are CSS variables (tokens.css), so that a theme switch recolours without tokenising again.
const theme = createCssVariablesTheme({ name: 'jarvis', variablePrefix: '--shiki-', variableDefaults: {}, fontStyle: false })

const createHighlighter = createBundledHighlighter({
  langs: bundledLanguages,
  themes: {},
  engine: () => createJavaScriptRegexEngine({ forgiving: true }),
})
/** The first line pays for compiling the grammar: with shiki's 500 ms a slow device would get it uncoloured, for good. */
const lineMsMax = 5000

let highlighter: ReturnType<typeof createHighlighter> | undefined

async function highlight({ code, language }: Asked): Promise<Token[][]> {
  const name = language.toLowerCase()
  const lang = (aliases[name] ?? name) as Language
  if (!(lang in bundledLanguages)) return []
  highlighter ??= createHighlighter({ themes: [theme], langs: [] })
  const shiki = await highlighter
  await shiki.loadLanguage(lang)
  const lines = shiki.codeToTokensBase(code, { lang, theme: 'jarvis', tokenizeTimeLimit: lineMsMax })
  // No more is sent than is shown.
  return lines.map((tokens) => tokens.map(({ content, color }) => ({ content, color })))
}

/** The page's types are another scope's, where a message goes to an origin. */
const scope = globalThis as unknown as { postMessage(told: Told): void }

addEventListener('message', ({ data }: MessageEvent<Asked>) => {
  void highlight(data)
    .catch(() => [])
    .then((lines) => scope.postMessage({ id: data.id, lines }))
})
