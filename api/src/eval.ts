import { formatGuardEval, formatHeldOut, guardEval, type GuardRow, heldOut, type HeldOutRow } from '#features/guard/index.ts'
import { createRouter, formatRouterEval, openAiTable, type RouterRow, routerEval } from '#features/router/index.ts'
import { readRows } from './read-rows.ts'

/** Prints the guard's figures on labelled rows. */
export function printGuardEval(path: string): void {
  console.log(
    `Guard on ${path}, as it is shipped; its model was trained on the development rows (--held-out judges each source by a model of the others).`,
  )
  console.log(formatGuardEval(guardEval(readRows<GuardRow>(path))))
}

/** Prints how the guard does on sources that its model does not know: trains six models, and leaves the shipped one as it is. */
export function printGuardHeldOut(path: string): void {
  console.log(`Guard on ${path}, held out by source`)
  console.log(formatHeldOut(heldOut(readRows<HeldOutRow>(path))))
}

/** Prints how much of the gap between a weak and a strong model the router recovers. */
export function printRouterEval(path: string): void {
  console.log(`Router on ${path}: each family of sources put to the router with a score trained on the others; 95 % intervals by bootstrap.`)
  console.log(formatRouterEval(routerEval(readRows<RouterRow>(path), (needOf) => createRouter(openAiTable, { practice: false, needOf }))))
}
