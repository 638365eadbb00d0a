export { createGuard, type Guard, type GuardVerdict } from './guard.ts'
export { formatGuardEval, guardEval, type GuardRow } from './evaluation/eval.ts'
export { scoreGuardLines } from './score-lines.ts'
