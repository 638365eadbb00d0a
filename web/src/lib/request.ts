export { request } from '@jarvis/client/request.ts'
export type { Endpoint, Input, Output } from '@jarvis/contracts/call.ts'
