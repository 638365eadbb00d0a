export { createErasure, type OutsideStore, writeTombstone } from './erasure.ts'
