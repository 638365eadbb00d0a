export { Virtualizer } from 'virtua'
export { FindBar } from './find-bar.tsx'
