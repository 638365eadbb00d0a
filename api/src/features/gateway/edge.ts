export { aguiRoutes } from './agui.ts'
export { mcpRoutes } from './mcp.ts'
