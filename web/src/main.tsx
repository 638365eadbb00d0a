import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { showLanguage } from '#words/language.ts'
import { App } from './app.tsx'
import './styles/index.css'

const reloadedAt = 'jarvis.reloaded-at'
const quietMs = 30_000

// After an update the server no longer has this page's older parts: a reload brings the new ones. Once: a part may also be truly gone.
addEventListener('vite:preloadError', (event) => {
  if (!navigator.onLine || Date.now() - Number(sessionStorage.getItem(reloadedAt)) < quietMs) return
  event.preventDefault()
  sessionStorage.setItem(reloadedAt, String(Date.now()))
  location.reload()
})

/** What people wait for comes first. */
const whenQuiet = (job: () => void) => (document.readyState === 'complete' ? job() : addEventListener('load', job, { once: true }))

const start = async () => {
  await showLanguage()
  createRoot(document.getElementById('root')!).render(
    <StrictMode>
      <App />
    </StrictMode>,
  )
  if (import.meta.env.PROD && 'serviceWorker' in navigator)
    whenQuiet(() => void import('./worker.ts').then(({ startWorker }) => startWorker()).catch(() => undefined))
}

// Safari before 17, Chrome before 114 and Firefox before 125 have no menus of their own.
if ('popover' in HTMLElement.prototype) void start()
else void import('@oddbird/popover-polyfill').then(start, start)
