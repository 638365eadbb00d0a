import { useEffect, useRef, useState } from 'react'

/** Whether an element is, or ever was, within two screens of the window. */
export function useNearby<E extends Element>(initially: boolean) {
  const ref = useRef<E>(null)
  const [nearby, setNearby] = useState(initially)
  useEffect(() => {
    const element = ref.current
    if (nearby || !element) return
    const observer = new IntersectionObserver(([entry]) => entry?.isIntersecting && setNearby(true), {
      // Of the window alone a margin would not reach past what the scroller clips.
      root: element.closest('[role=log]'),
      rootMargin: '200% 0px',
    })
    observer.observe(element)
    return () => observer.disconnect()
  }, [nearby])
  return { ref, nearby }
}
