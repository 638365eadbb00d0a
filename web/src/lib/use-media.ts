import { useSyncExternalStore } from 'react'

export function useMedia(query: string): boolean {
  return useSyncExternalStore(
    (changed) => {
      const media = matchMedia(query)
      media.addEventListener('change', changed)
      return () => media.removeEventListener('change', changed)
    },
    () => matchMedia(query).matches,
  )
}

/** On a touch keyboard Enter makes a line: there is no Shift to hold. */
export const useIsTouch = () => useMedia('(hover: none) and (pointer: coarse)')

export const useIsPhone = () => useMedia('(max-width: 767px)')
