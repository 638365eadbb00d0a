export { aguiRoutes } from './agui.ts'
