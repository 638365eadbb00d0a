import { startRedis } from './engines/redis.ts'
import { startTestApp } from './test-app.ts'

/** Two processes of one installation, which hear of each other by Redis. `second`: settings that it alone has. */
export async function startTwoApps(second: Record<string, string> = {}) {
  const stack = new AsyncDisposableStack()
  const redis = stack.use(await startRedis())
  const app = stack.use(await startTestApp({ REDIS_URL: redis.url }))
  const shared = { DATABASE_URL: app.settings.DATABASE_URL, DATA_DIR: app.dataDir, REDIS_URL: redis.url }
  const other = stack.use(await startTestApp({ ...shared, ...second }))
  return { app, other, [Symbol.asyncDispose]: () => stack.disposeAsync() }
}
