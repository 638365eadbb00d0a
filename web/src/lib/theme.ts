import { createStore } from './store.ts'

export const themes = ['system', 'light', 'dark'] as const
export type Theme = (typeof themes)[number]

const system = matchMedia('(prefers-color-scheme: dark)')
const stored = () => themes.find((theme) => theme === localStorage.getItem('jarvis.theme')) ?? 'system'

export const theme = createStore<Theme>(stored())

export function chooseTheme(next: Theme) {
  localStorage.setItem('jarvis.theme', next)
  theme.set(next)
  show()
}

/** The same as public/theme.js, which does it before the first paint. */
function show() {
  const dark = theme.get() === 'dark' || (theme.get() === 'system' && system.matches)
  document.documentElement.dataset['theme'] = dark ? 'dark' : 'light'
  document.querySelector('meta[name=theme-color]')?.setAttribute('content', dark ? '#191714' : '#faf9f6')
}

system.addEventListener('change', show)
