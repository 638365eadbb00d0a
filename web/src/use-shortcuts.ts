import { useEffect, useEffectEvent } from 'react'

type Actions = { search: () => void; newChat: () => void; help: () => void; sidebar: () => void }

export function useShortcuts(actions: Actions) {
  const pressed = useEffectEvent((event: KeyboardEvent) => {
    const action = actionFor(event)
    if (!action || document.querySelector('dialog[open]')) return
    event.preventDefault()
    actions[action]()
  })
  useEffect(() => {
    const listener = (event: KeyboardEvent) => pressed(event)
    document.addEventListener('keydown', listener)
    return () => document.removeEventListener('keydown', listener)
  }, [])
}

function actionFor(event: KeyboardEvent): keyof Actions | null {
  const key = event.key.toLowerCase()
  if (event.ctrlKey || event.metaKey) {
    if (key === 'k' && !event.shiftKey) return 'search'
    if (key === 'o' && event.shiftKey) return 'newChat'
    return key === 'b' && !event.shiftKey ? 'sidebar' : null
  }
  const typing = event.target instanceof HTMLElement && event.target.matches('input, textarea, [contenteditable]')
  return key === '?' && !typing ? 'help' : null
}
