import type { ErrorCode } from '@jarvis/contracts/errors.ts'
import type { Proxies } from '#config/proxies.ts'
import type { BrowserAction, Look, PageView } from './index.ts'

/** What the driving process is told at its start, and the messages that go between it and Jarvis. */
export type HostOptions =
  | { kind: 'local'; executable: string; sandbox: boolean; allowHosts: readonly string[]; proxies?: Proxies; namesToProxy?: readonly string[] }
  /** A browser that runs elsewhere behind its own pinning proxy; the DevTools protocol's address. */
  | { kind: 'remote'; url: string }

export type HostWork = BrowserAction | { kind: 'look'; ref: number } | { kind: 'release' }
export type HostRequest = { kind: 'do'; id: number; taskId: string; timeoutMs: number; work: HostWork } | { kind: 'cancel'; id: number }
/** Its last word, where an error ends it. */
export type HostDeath = { died: Error }
export type HostReply = { id: number; result: PageView | Look | null } | { id: number; error: { code: ErrorCode; message: string; cause: string } }
