import { lazy } from 'react'

const load = () => import('./attach-parts.ts')
void load()

export const AttachButton = lazy(async () => ({ default: (await load()).AttachButton }))
export const TalkButton = lazy(async () => ({ default: (await load()).TalkButton }))
export const Tray = lazy(async () => ({ default: (await load()).Tray }))
export const Attached = lazy(async () => ({ default: (await load()).Attached }))
