import type { PromptVariable } from '@jarvis/contracts/prompts.ts'
import { sql } from 'drizzle-orm'
import { boolean, index, jsonb, pgTable, text, uuid } from 'drizzle-orm/pg-core'
import { createdAt } from './columns.ts'
import { ownerId } from './people-tables.ts'

/** Texts that a person asks with again and again; `shared` ones of administrators are there for everybody. */
export const prompts = pgTable(
  'prompts',
  {
    id: uuid().primaryKey(),
    userId: ownerId(),
    name: text().notNull(),
    text: text().notNull(),
    variables: jsonb().$type<PromptVariable[]>().notNull().default([]),
    shared: boolean().notNull().default(false),
    createdAt: createdAt(),
    updatedAt: createdAt(),
  },
  (table) => [
    index().on(table.userId),
    index('prompts_shared')
      .on(table.id)
      .where(sql`${table.shared}`),
  ],
)
