export { billingRoutes } from './routes.ts'
export { subscriptionRoutes } from './subscriptions/routes.ts'
