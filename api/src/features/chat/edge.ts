export { chatRoutes } from './routes.ts'
export { chatFrames } from './socket.ts'
