export { toolRoutes } from './routes.ts'
export { screenshotRoutes } from './tools/browser/routes.ts'
