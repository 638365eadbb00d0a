import { defineConfig } from 'drizzle-kit'

export default defineConfig({ dialect: 'postgresql', schema: './api/src/ports/database/tables.ts', out: './api/migrations', casing: 'snake_case' })
