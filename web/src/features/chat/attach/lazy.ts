import { lazy } from 'react'

export const loadAttach = () => import('./attach-parts.ts')
void loadAttach()

export const AttachButton = lazy(async () => ({ default: (await loadAttach()).AttachButton }))
export const TalkButton = lazy(async () => ({ default: (await loadAttach()).TalkButton }))
export const Tray = lazy(async () => ({ default: (await loadAttach()).Tray }))
export const Attached = lazy(async () => ({ default: (await loadAttach()).Attached }))
