import { z } from 'zod/v4'

/**
 * The custom resources that deploy/k8s uses, strict: a field that is not written here is a fault. Each is a part of what its project
 * publishes (Gateway API 1.x, Prometheus Operator, External Secrets Operator v1); who uses another field adds it here from there.
 */
const name = z.string().regex(/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/)
const metadata = z.strictObject({
  name,
  namespace: name.optional(),
  labels: z.record(z.string(), z.string()).optional(),
  annotations: z.record(z.string(), z.string()).optional(),
})
const resource = <Spec extends z.ZodType>(apiVersion: string, kind: string, spec: Spec) =>
  z.strictObject({ apiVersion: z.literal(apiVersion), kind: z.literal(kind), metadata, spec })

const port = z.int().min(1).max(65_535)
const hostname = z.string().regex(/^(\*\.)?[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/)
/** GEP-2257, the Gateway API's durations. */
const gatewayDuration = z.string().regex(/^([0-9]{1,5}(h|m|s|ms)){1,4}$/)
const prometheusDuration = z.string().regex(/^(0|(([0-9]+)y)?(([0-9]+)w)?(([0-9]+)d)?(([0-9]+)h)?(([0-9]+)m)?(([0-9]+)s)?(([0-9]+)ms)?)$/)

const gateway = z.strictObject({
  gatewayClassName: z.string(),
  listeners: z
    .array(
      z
        .strictObject({
          name,
          port,
          protocol: z.enum(['HTTP', 'HTTPS', 'TLS', 'TCP', 'UDP']),
          hostname: hostname.optional(),
          tls: z
            .strictObject({
              mode: z.enum(['Terminate', 'Passthrough']),
              certificateRefs: z.array(z.strictObject({ kind: z.literal('Secret'), name })),
            })
            .optional(),
          allowedRoutes: z.strictObject({ namespaces: z.strictObject({ from: z.enum(['All', 'Same', 'Selector']) }) }).optional(),
        })
        .refine(({ protocol, tls }) => (protocol === 'HTTPS') === (tls !== undefined), 'tls belongs to HTTPS, and HTTPS needs it'),
    )
    .min(1)
    .max(64),
})

const pathMatch = z.strictObject({ type: z.enum(['Exact', 'PathPrefix', 'RegularExpression']), value: z.string().startsWith('/').max(1024) })
const httpRoute = z.strictObject({
  parentRefs: z.array(z.strictObject({ name, sectionName: name.optional() })).max(32),
  hostnames: z.array(hostname).max(16),
  rules: z
    .array(
      z.strictObject({
        matches: z
          .array(z.strictObject({ path: pathMatch }))
          .max(64)
          .optional(),
        filters: z
          .array(
            z.discriminatedUnion('type', [
              z.strictObject({
                type: z.literal('RequestRedirect'),
                requestRedirect: z.strictObject({ scheme: z.enum(['http', 'https']), statusCode: z.union([z.literal(301), z.literal(302)]) }),
              }),
              z.strictObject({ type: z.literal('ExtensionRef'), extensionRef: z.strictObject({ group: z.string(), kind: z.string(), name }) }),
            ]),
          )
          .optional(),
        timeouts: z.strictObject({ request: gatewayDuration.optional(), backendRequest: gatewayDuration.optional() }).optional(),
        backendRefs: z.array(z.strictObject({ name, port })).max(16).optional(),
      }),
    )
    .min(1)
    .max(16),
})

const serviceMonitor = z.strictObject({
  selector: z.strictObject({ matchLabels: z.record(z.string(), z.string()) }),
  endpoints: z.array(
    z.strictObject({
      port: z.string(),
      path: z.string().startsWith('/'),
      interval: prometheusDuration,
      scrapeTimeout: prometheusDuration,
      authorization: z.strictObject({ type: z.literal('Bearer'), credentials: z.strictObject({ name, key: z.string() }) }),
    }),
  ),
})

const prometheusRule = z.strictObject({
  groups: z.array(
    z.strictObject({
      name: z.string(),
      rules: z.array(
        z.strictObject({
          alert: z.string().regex(/^[A-Z]\w+$/),
          expr: z.string().min(1),
          for: prometheusDuration,
          labels: z.strictObject({ severity: z.enum(['critical', 'warning', 'info']) }),
          annotations: z.strictObject({ summary: z.string(), description: z.string() }),
        }),
      ),
    }),
  ),
})

const externalSecret = z.strictObject({
  refreshInterval: z.string().regex(/^\d+(s|m|h)$/),
  secretStoreRef: z.strictObject({ kind: z.enum(['SecretStore', 'ClusterSecretStore']), name }),
  target: z.strictObject({
    name,
    creationPolicy: z.enum(['Owner', 'Orphan', 'Merge', 'None']),
    deletionPolicy: z.enum(['Retain', 'Delete', 'Merge']),
  }),
  data: z.array(z.strictObject({ secretKey: z.string(), remoteRef: z.strictObject({ key: z.string(), property: z.string() }) })).optional(),
  dataFrom: z.array(z.strictObject({ extract: z.strictObject({ key: z.string() }) })).optional(),
})

/** https://docs.nginx.com/nginx-gateway-fabric/reference/api: one snippet for each context. */
const snippetsFilter = z.strictObject({
  snippets: z
    .array(z.strictObject({ context: z.enum(['main', 'http', 'http.server', 'http.server.location']), value: z.string().min(1) }))
    .min(1)
    .max(4),
})

export const customResources: Record<string, z.ZodType> = {
  'gateway.networking.k8s.io/v1 Gateway': resource('gateway.networking.k8s.io/v1', 'Gateway', gateway),
  'gateway.networking.k8s.io/v1 HTTPRoute': resource('gateway.networking.k8s.io/v1', 'HTTPRoute', httpRoute),
  'gateway.nginx.org/v1alpha1 SnippetsFilter': resource('gateway.nginx.org/v1alpha1', 'SnippetsFilter', snippetsFilter),
  'monitoring.coreos.com/v1 ServiceMonitor': resource('monitoring.coreos.com/v1', 'ServiceMonitor', serviceMonitor),
  'monitoring.coreos.com/v1 PrometheusRule': resource('monitoring.coreos.com/v1', 'PrometheusRule', prometheusRule),
  'external-secrets.io/v1 ExternalSecret': resource('external-secrets.io/v1', 'ExternalSecret', externalSecret),
}
