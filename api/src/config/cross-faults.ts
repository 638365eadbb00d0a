import { existsSync } from 'node:fs'
import { isProgram } from './browser.ts'
import type { Environment } from './environment.ts'
import { identityFaults } from './identity.ts'
import { stripeFaults } from './payments.ts'
import { registrationFaults } from './registration.ts'

/** Faults of settings that depend on each other. */
export function crossFaults(env: Environment): string[] {
  const faults: string[] = []
  if (env.NODE_ENV === 'production' && !env.JWT_SECRET) faults.push('JWT_SECRET: is required when NODE_ENV=production (at least 32 bytes)')
  if (env.NODE_ENV === 'production' && env.DATABASE_URL && !env.SECRETS_KEY)
    faults.push('SECRETS_KEY: is required when NODE_ENV=production and DATABASE_URL is set: `openssl rand -base64 32`, once, and keep it')
  if (!env.REDIS_URL && env.WEB_CONCURRENCY > 1) faults.push('REDIS_URL: is needed as soon as WEB_CONCURRENCY is over 1')
  if (!env.REDIS_URL && env.JARVIS_ROLES.length < 2) faults.push('REDIS_URL: is needed when JARVIS_ROLES splits api and worker')
  if (env.BACKUP_URL && !env.BACKUP_KEY) faults.push('BACKUP_KEY: is needed with BACKUP_URL, for backups are encrypted; keep a copy of it elsewhere')
  for (const name of ['MODELS_FILE', 'SYSTEM_COMMANDS_FILE', 'MCP_SERVERS_FILE', 'IDENTITY_FILE'] as const) {
    const file = env[name]
    if (file && !existsSync(file)) faults.push(`${name}: there is no file ${file}`)
  }
  if (env.BROWSER_EXECUTABLE && !isProgram(env.BROWSER_EXECUTABLE)) faults.push(`BROWSER_EXECUTABLE: there is no program ${env.BROWSER_EXECUTABLE}`)
  return [...faults, ...registrationFaults(env), ...identityFaults(env), ...stripeFaults(env)]
}
