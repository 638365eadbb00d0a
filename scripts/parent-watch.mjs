import { readFileSync } from 'node:fs'

const lookMs = 500

/**
 * Under npm a script is the child of npm, or of a shell that npm started. A signal to one of these alone ends it and reaches nobody else: the
 * script would run on, and hold its port. Calls `onGone` once, soon after either is gone; never where npm did not start the script.
 */
export function watchParents(onGone) {
  if (!process.env.npm_lifecycle_event) return
  const parent = process.ppid
  const grandparent = isShell(parent) ? parentOf(parent) : null
  const timer = setInterval(() => {
    if (process.ppid === parent && (grandparent === null || parentOf(parent) === grandparent)) return
    clearInterval(timer)
    onGone()
  }, lookMs)
  timer.unref()
}

/** As Linux tells; elsewhere only the parent itself is watched. */
function statOf(pid) {
  try {
    const [, name, rest] = /^\d+ \((.*)\) (.*)$/s.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'))
    return { name, parent: Number(rest.split(' ')[1]) }
  } catch {
    return null
  }
}

const isShell = (pid) => /^(?:ba|da|z|k)?sh$|^busybox$/.test(statOf(pid)?.name ?? '')
const parentOf = (pid) => statOf(pid)?.parent ?? null
