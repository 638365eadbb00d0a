import type { KeyScope } from './api-keys.ts'

/**
 * Who may call a route. `person` is somebody who is signed in, `admin` an administrator who is; `key` an API key whatever it is for, `key:chat`
 * one that is for that; `member` is somebody signed in who is in the organisation `:id`, `member:admin` and `member:owner` who is at least
 * that in it; `scim` is a directory with its token; `operator` holds METRICS_TOKEN or, where that is not set, asks from the same machine.
 */
export type Who = 'anyone' | 'person' | 'member' | 'member:admin' | 'member:owner' | 'admin' | 'key' | `key:${KeyScope}` | 'scim' | 'operator'
export type MayCall = readonly [Who, ...Who[]]
