import { z } from 'zod'
import {
  AdminModel,
  AdminModelsBody,
  AdminProvider,
  AdminProviderBody,
  AdminProviderChange,
  FailedCall,
  FailedCallQuery,
  FoundProvider,
  ModelLesson,
  OfferedModel,
  ProviderTest,
  ProviderTestBody,
} from './admin-models.ts'
import { Id, page, text, wholeList } from './text.ts'

const admin = ['admin'] as const
const byProvider = z.strictObject({ id: text(100) })
const nothing = z.null().describe('No content')

/** Providers and models from the administration page. Keys are written and never read back. */
export const modelAdminEndpoints = {
  adminProviders: {
    method: 'GET',
    url: '/api/v1/admin/providers',
    config: { who: admin },
    schema: wholeList('admin', AdminProvider),
  },
  adminFoundProviders: {
    method: 'GET',
    url: '/api/v1/admin/providers/found',
    config: { who: admin },
    schema: wholeList('admin', FoundProvider),
  },
  adminAddProvider: {
    method: 'POST',
    url: '/api/v1/admin/providers',
    config: { who: admin },
    schema: { tags: ['admin'], body: AdminProviderBody, response: { 201: AdminProvider } },
  },
  adminUpdateProvider: {
    method: 'PATCH',
    url: '/api/v1/admin/providers/:id',
    config: { who: admin },
    schema: { tags: ['admin'], params: byProvider, body: AdminProviderChange, response: { 200: AdminProvider } },
  },
  adminRemoveProvider: {
    method: 'DELETE',
    url: '/api/v1/admin/providers/:id',
    config: { who: admin },
    schema: { tags: ['admin'], params: byProvider, response: { 204: nothing } },
  },
  adminTestProvider: {
    method: 'POST',
    url: '/api/v1/admin/providers/:id/test',
    config: { who: admin },
    schema: { tags: ['admin'], params: byProvider, body: ProviderTestBody, response: { 200: ProviderTest } },
  },
  adminProviderModels: {
    method: 'GET',
    url: '/api/v1/admin/providers/:id/models',
    config: { who: admin },
    schema: { ...wholeList('admin', OfferedModel), params: byProvider },
  },
  adminModels: {
    method: 'GET',
    url: '/api/v1/admin/models',
    config: { who: admin },
    schema: wholeList('admin', AdminModel),
  },
  adminFailedCalls: {
    method: 'GET',
    url: '/api/v1/admin/models/failures',
    config: { who: admin },
    schema: { tags: ['admin'], querystring: FailedCallQuery, response: { 200: page(FailedCall) } },
  },
  adminLessons: {
    method: 'GET',
    url: '/api/v1/admin/models/lessons',
    config: { who: admin },
    schema: wholeList('admin', ModelLesson),
  },
  adminForgetLesson: {
    method: 'DELETE',
    url: '/api/v1/admin/models/lessons/:id',
    config: { who: admin },
    schema: { tags: ['admin'], params: z.strictObject({ id: Id }), response: { 204: nothing } },
  },
  adminUpdateModels: {
    method: 'PATCH',
    url: '/api/v1/admin/models',
    config: { who: admin },
    schema: { tags: ['admin'], body: AdminModelsBody, response: { 200: page(AdminModel) } },
  },
} as const
