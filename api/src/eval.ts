import { formatGuardEval, guardEval, type GuardRow } from '#features/guard/index.ts'
import { createRouter, formatRouterEval, openAiTable, type RouterRow, routerEval } from '#features/router/index.ts'
import { readRows } from './read-rows.ts'

/** Prints the guard's figures on labelled rows. */
export function printGuardEval(path: string): void {
  console.log(
    `Guard on ${path}, as it is shipped; its model was trained on the development rows (docs/guard-model.md has figures held out by source).`,
  )
  console.log(formatGuardEval(guardEval(readRows<GuardRow>(path))))
}

/** Prints how much of the gap between a weak and a strong model the router recovers. */
export function printRouterEval(path: string): void {
  console.log(`Router on ${path}: each family of sources put to the router with a score trained on the others; 95 % intervals by bootstrap.`)
  console.log(formatRouterEval(routerEval(readRows<RouterRow>(path), (needOf) => createRouter(openAiTable, { practice: false, needOf }))))
}
