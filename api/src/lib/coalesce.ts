/**
 * One call at a time per key. All who ask while one is at work share the next with all others who do, so that every answer is of work
 * that began after it was asked for, however many ask.
 */
export function coalesce<Result>(work: (key: string) => Promise<Result>): (key: string) => Promise<Result> {
  const lines = new Map<string, { running: Promise<Result>; next?: Promise<Result> }>()

  function start(key: string): Promise<Result> {
    const line: { running: Promise<Result>; next?: Promise<Result> } = { running: work(key) }
    lines.set(key, line)
    const end = () => void (line.next || lines.delete(key))
    line.running.then(end, end)
    return line.running
  }

  return (key) => {
    const line = lines.get(key)
    if (!line) return start(key)
    const startNext = () => start(key)
    return (line.next ??= line.running.then(startNext, startNext))
  }
}
