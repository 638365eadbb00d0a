import { z } from 'zod'
import type { Environment } from './environment.ts'
import type { PlaceConfig } from './place.ts'

/** `when`: as the jobs' schedules take it. `keep`: at most so many, none older than so many days. */
export type BackupsConfig = {
  place: PlaceConfig
  key: string
  when: { everySeconds: number } | { cron: string; zone: string }
  keep: { count: number; days: number }
}

const units = { m: 60, h: 3600, d: 86_400 } as const
const secondsMin = 300

/** `12h`, `1d`, or a cron pattern of five fields, in UTC. */
export const BackupEvery = z.string().transform((value, context): BackupsConfig['when'] => {
  const [, count, unit] = /^(\d{1,5})([mhd])$/.exec(value) ?? []
  if (count === undefined) {
    if (/^\S+( \S+){4}$/.test(value)) return { cron: value, zone: 'UTC' }
    context.addIssue({ code: 'custom', message: 'must be like 12h, 1d, 30m, or a cron pattern of five fields such as "30 2 * * *" (UTC)' })
    return z.NEVER
  }
  const everySeconds = Number(count) * units[unit as keyof typeof units]
  if (everySeconds < secondsMin) context.addIssue({ code: 'custom', message: 'must be at least 5m' })
  return { everySeconds }
})

/** `14`: so many. `30d`: so many days. `14,30d`: both bounds. */
export const BackupKeep = z.string().transform((value, context): BackupsConfig['keep'] => {
  const items = value.split(',').map((item) => item.trim())
  const count = items.find((item) => /^[1-9]\d{0,5}$/.test(item))
  const days = items.find((item) => /^[1-9]\d{0,5}d$/.test(item))
  if (items.length !== [count, days].filter(Boolean).length) {
    context.addIssue({ code: 'custom', message: 'must be a number of backups, a number of days, or both, such as 14,30d' })
    return z.NEVER
  }
  return { count: count ? Number(count) : Infinity, days: days ? Number.parseInt(days, 10) : Infinity }
})

export function backupsOf({ BACKUP_URL: place, BACKUP_KEY: key, BACKUP_EVERY: when, BACKUP_KEEP: keep }: Environment): BackupsConfig | undefined {
  return place && key ? { place, key, when, keep } : undefined
}
