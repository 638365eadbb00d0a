export { createGuard, type Guard, type GuardChannel, type GuardVerdict } from './guard.ts'
export { formatGuardEval, guardEval, type GuardEval, type GuardFigures, type GuardRow } from './evaluation/eval.ts'
export { scoreGuardLines } from './score-lines.ts'
