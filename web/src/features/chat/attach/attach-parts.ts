export { AttachButton } from './attach-button.tsx'
export { Attached } from './attached.tsx'
export { Tray } from './tray.tsx'
