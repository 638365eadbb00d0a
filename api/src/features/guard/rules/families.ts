import type { GuardChannel, GuardFamily } from '@jarvis/contracts/guard.ts'

/** What an attack does. Signals of one family corroborate each other less than signals of several. */
export type Family = GuardFamily
export type Channel = GuardChannel

/** How much a signal says in each channel, in log-odds. The same words weigh more in a tool's output, where nobody should be giving orders. */
export type Weights = Record<Channel, number>

/**
 * Which readings of a text take weight from a signal: talk about attacks; with `statement` also negation and quotation;
 * with `all` also questions of how something is done.
 */
export type Dampening = 'all' | 'statement' | 'discussion'
