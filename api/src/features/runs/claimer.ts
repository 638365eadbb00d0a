export type ClaimerDeps<Claimed> = {
  /** How many more may be taken. */
  room(): number
  claim(countMax: number): Promise<Claimed[]>
  start(claimed: Claimed): void
  onError(error: unknown): void
}

/** A look at the line costs as its length: while there is one, at most half of the time goes into looking. */
const restPerLook = 1

/** Looks at the line whenever it is woken: one look at a time, and a wake-up in between makes it look once more. */
export function createClaimer<Claimed>({ room, claim, start, onError }: ClaimerDeps<Claimed>) {
  let stopping = false
  let claiming: Promise<void> | null = null
  let again = false
  let restUntil = 0
  let resting: NodeJS.Timeout | undefined

  async function claimAll(): Promise<void> {
    do {
      again = false
      const wanted = room()
      if (stopping || wanted <= 0) return
      const since = performance.now()
      const claimed = await claim(wanted)
      for (const it of claimed) start(it)
      if (claimed.length < wanted) continue
      again = true
      restUntil = performance.now() + restPerLook * (performance.now() - since)
    } while (again && performance.now() >= restUntil)
  }

  function wake(): void {
    again = true
    if (claiming || resting || stopping) return
    const restMs = restUntil - performance.now()
    if (restMs > 0) {
      resting = setTimeout(() => {
        resting = undefined
        wake()
      }, restMs)
      return
    }
    claiming = claimAll()
      .catch(onError)
      .finally(() => {
        claiming = null
        if (again) wake()
      })
  }

  return {
    wake,
    async stop(): Promise<void> {
      stopping = true
      clearTimeout(resting)
      await claiming
    },
  }
}
