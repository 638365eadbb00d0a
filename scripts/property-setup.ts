import fc from 'fast-check'
import { inject } from 'vitest'

declare module 'vitest' {
  interface ProvidedContext {
    propertySeed: number
  }
}

/** A property that fails prints its counterexample, and the seed and path that find it again at once. */
fc.configureGlobal({ seed: inject('propertySeed'), endOnFailure: false, verbose: fc.VerbosityLevel.None })
