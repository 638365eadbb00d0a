import { useEffect, useState } from 'react'

/** Seconds until a moment in milliseconds since the epoch, counted down to 0. */
export function useSecondsUntil(at: number): number {
  const [now, setNow] = useState(Date.now)
  const seconds = Math.max(0, Math.ceil((at - now) / 1000))
  useEffect(() => {
    if (seconds === 0) return
    const timer = setTimeout(() => setNow(Date.now()), 1000)
    return () => clearTimeout(timer)
  }, [seconds, now])
  return seconds
}
