import { useSyncExternalStore } from 'react'

type Brand = { name: string; logo: string | null }

let shown: Brand = { name: '', logo: null }
const listeners = new Set<() => void>()
const subscribe = (listener: () => void) => {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

/** What the installation is called, and its logo as a data URL. The name is empty, and the logo null, where it is Jarvis's own. */
export const useBrand = () => useSyncExternalStore(subscribe, () => shown)

/** `hue` turns the accent; its lightness stays, so that text keeps its contrast. */
export function showBrand({ name, logo, hue }: Brand & { hue: number | null }) {
  const { style } = document.documentElement
  if (hue === null) style.removeProperty('--hue')
  else style.setProperty('--hue', String(hue))
  if (name === shown.name && logo === shown.logo) return
  shown = { name, logo }
  for (const listener of listeners) listener()
}
