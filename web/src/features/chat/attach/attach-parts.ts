export { AttachButton } from './attach-button.tsx'
export { Attached } from './attached.tsx'
export { TalkButton } from '#features/chat/voice/talk-button.tsx'
export { Tray } from './tray.tsx'
