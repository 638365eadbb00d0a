import { globSync, readFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import type { SourceFile } from './check-layers.ts'

/** Who writes a table. Others ask its owner's functions; to read it in a query of one's own is allowed. */
const owners: Record<string, string> = {
  announcements: 'features/notices',
  api_keys: 'features/accounts',
  audit: 'features/audit',
  audit_outbox: 'features/audit',
  backups: 'features/backup',
  budget_scopes: 'features/billing',
  budgets: 'features/billing',
  chosen_models: 'features/providers',
  conversation_shares: 'features/chat',
  conversation_summaries: 'features/chat',
  conversations: 'features/chat',
  erasure_steps: 'features/upkeep',
  erasures: 'features/upkeep',
  failed_calls: 'features/providers',
  file_passages: 'features/files',
  files: 'features/files',
  folders: 'features/chat',
  former_customers: 'features/billing',
  idempotent_answers: 'http',
  identities: 'features/identity',
  imports: 'features/imports',
  installation: 'features/billing',
  installation_choices: 'features/choices',
  invitations: 'features/accounts',
  kept_responses: 'features/v1',
  kept_secrets: 'features/memory',
  ledger: 'features/billing',
  letters: 'features/mail',
  logout_tokens: 'features/identity',
  mcp_tools: 'features/agent',
  memories: 'features/memory',
  memory_collections: 'features/memory',
  memory_people: 'features/memory',
  memory_turns: 'features/memory',
  messages: 'features/chat',
  model_lessons: 'features/providers',
  model_providers: 'features/providers',
  group_members: 'features/organisations',
  group_shares: 'features/sharing',
  member_groups: 'features/organisations',
  member_invitations: 'features/organisations',
  members: 'features/organisations',
  organisation_subscriptions: 'features/billing',
  organisations: 'features/organisations',
  prompts: 'features/prompts',
  push_keys: 'features/push',
  push_subscriptions: 'features/push',
  recovery_codes: 'features/accounts',
  passkey_challenges: 'features/accounts',
  passkeys: 'features/accounts',
  required_factors: 'features/accounts',
  terms_acceptances: 'features/notices',
  terms_versions: 'features/notices',
  totp_factors: 'features/accounts',
  one_time_tokens: 'features/accounts',
  scim_groups: 'features/scim',
  scim_members: 'features/scim',
  scim_people: 'features/scim',
  scim_tokens: 'features/scim',
  refresh_tokens: 'features/accounts',
  reservations: 'features/billing',
  run_steps: 'features/runs',
  runs: 'features/runs',
  schedules: 'ports/jobs',
  screenshots: 'features/agent',
  sessions: 'features/accounts',
  sign_on_attempts: 'features/identity',
  sign_on_sessions: 'features/identity',
  standing_approvals: 'features/agent',
  stripe_events: 'features/billing',
  subscriptions: 'features/billing',
  sweeps: 'features/upkeep',
  tool_floors: 'features/agent',
  tool_policies: 'features/agent',
  users: 'features/accounts',
  v1_settings: 'features/v1',
  words_accesses: 'features/privacy',
  retention_wishes: 'features/privacy',
}

/** One sentence for each table without an owner, and for each write by a stranger. Whole rows of any table are the backup's and the sweep's. */
export function checkOwners(files: SourceFile[], owned = owners): string[] {
  const tables = new Map(
    files.flatMap(({ text }) => Array.from(text.matchAll(/\b(\w+) = pgTable\(\s*'(\w+)'/g), (found) => [found[1]!, found[2]!] as const)),
  )
  const strangers = files.flatMap(({ path, text }) => {
    const written = new Set(writtenIn(text).flatMap((name) => tables.get(name) ?? ([...tables.values()].includes(name) ? name : [])))
    return [...written]
      .filter((table) => owned[table] !== undefined && !path.startsWith(`api/src/${owned[table]}/`))
      .map((table) => `${table} by ${path}`)
  })
  return [
    ...[...tables.values()].filter((table) => !(table in owned)).map((table) => `${table} has no owner: give it a row in scripts/check-owners.ts.`),
    ...Object.keys(owned)
      .filter((table) => ![...tables.values()].includes(table))
      .map((table) => `${table} is no table any more: take its row out of scripts/check-owners.ts.`),
    ...strangers.map((write) => `${write} is written by a stranger: ask ${owned[write.split(' ')[0]!]}, which owns the table.`),
  ]
}

/** The tables, by their names in TypeScript or in SQL, that the text inserts into, updates or deletes from. */
function writtenIn(text: string): string[] {
  const byBuilder = text.matchAll(/\.(?:insert|update|delete)\(\s*(?:\w+\.)?(\w+)\s*\)/g)
  const bySql = text.matchAll(
    /\b(?:insert\s+into|update|delete\s+from|merge\s+into|truncate(?:\s+table)?)\s+(?:only\s+)?(?:\$\{(?:\w+\.)?(\w+)\}|"?([a-z_]+)"?)/gi,
  )
  return [...Array.from(byBuilder, (found) => found[1]!), ...Array.from(bySql, (found) => found[1] ?? found[2]!)]
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const paths = globSync('api/src/**/*.ts').filter((path) => !/\.(test|fixture)\.ts$/.test(path))
  const faults = checkOwners(paths.map((path) => ({ path, text: readFileSync(path, 'utf8') })))
  for (const fault of faults) console.error(fault)
  if (faults.length > 0) process.exit(1)
}
