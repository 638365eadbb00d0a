import { expect, test } from 'vitest'
import { checkMigrations, hashOf, type Migration } from './check-migrations.ts'

const released: Migration[] = [{ tag: '0000_first', sql: 'CREATE TABLE "users" ("id" uuid);\n--> statement-breakpoint\nDROP TABLE "drafts";' }]
const releases = { '0.1.0': { migrations: 1, sha256: hashOf(released) } }
const check = (...statements: string[]) =>
  checkMigrations([...released, { tag: '0001_next', sql: statements.join('\n--> statement-breakpoint\n') }], releases)

const dangerous: [statement: string, told: string][] = [
  ['DROP TABLE "users";', 'uses it'],
  ['ALTER TABLE "users" DROP COLUMN "name";', 'uses it'],
  ['ALTER TABLE "users" RENAME COLUMN "name" TO "title";', 'the old name'],
  ['ALTER TABLE "users" RENAME TO "people";', 'the old name'],
  ['ALTER TABLE "users" ALTER COLUMN "age" SET DATA TYPE bigint;', 'rewrites the table'],
  ['ALTER TABLE "users" ALTER COLUMN "age" TYPE bigint;', 'rewrites the table'],
  ['ALTER TABLE "users" ALTER COLUMN "age" SET NOT NULL;', 'leaves empty'],
  ['ALTER TABLE "users" ALTER COLUMN "age" DROP DEFAULT;', 'does not name the column'],
  ['ALTER TABLE "users" ADD COLUMN "age" integer NOT NULL;', 'give it a default'],
  ['alter table users\n  add column age integer not null;', 'give it a default'],
  ['ALTER TABLE "users" ADD COLUMN "key" uuid DEFAULT gen_random_uuid();', 'differs from row to row'],
  ['ALTER TABLE "users" ADD COLUMN "position" bigserial;', 'differs from row to row'],
  ['ALTER TABLE "users" DROP CONSTRAINT "users_email_unique";', '"on conflict"'],
  ['ALTER TABLE "users" ADD CONSTRAINT "users_email_unique" UNIQUE("email");', 'reads the whole table'],
  ['ALTER TABLE "users" ADD CONSTRAINT "adult" CHECK ("users"."age" > 17);', '"not valid"'],
  ['CREATE UNIQUE INDEX IF NOT EXISTS "users_email" ON "users" USING btree ("email");', 'may refuse'],
  ['CREATE INDEX "users_age" ON "users" USING btree ("age");', 'stops writes'],
  ['UPDATE "users" SET "age" = 18;', 'locks the rows'],
  ['DELETE FROM "users" WHERE "age" < 18;', 'locks the rows'],
  ['TRUNCATE "users";', 'takes rows'],
  ['CREATE TRIGGER "t" BEFORE INSERT ON "users" FOR EACH ROW EXECUTE FUNCTION "f"();', 'acts on what'],
]

test.each(dangerous)('what breaks or stops the version before is told: %s', (statement, told) => {
  expect(check(statement)).toEqual([expect.stringMatching(new RegExp(`^0001_next: .*${told}`))])
  expect(check(`-- safe: nobody has such rows.\n${statement}`)).toEqual([])
  expect(check(`-- contract: 0.1.0\n${statement}`)).toEqual([])
  expect(check(`-- safe:\n${statement}`), 'a mark needs its reason').toHaveLength(1)
  expect(check('-- safe: another statement.\nSELECT 1;', statement), 'a mark holds for one statement').toHaveLength(1)
})

test('what stands behind another statement without a breakpoint is a statement too, with a mark of its own', () => {
  const made = 'CREATE TABLE "notes" ("id" uuid, "text" text DEFAULT \';\');'
  expect(check(`${made} DROP TABLE "users";`)).toEqual([expect.stringContaining('"DROP TABLE users;"')])
  expect(check(`${made}\n-- safe: nobody has such rows.\nDROP TABLE "users";\nTRUNCATE "users";`)).toEqual([expect.stringContaining('TRUNCATE')])
})

const harmless = [
  'ALTER TABLE "users" ADD COLUMN "age" integer;',
  'ALTER TABLE "users" ADD COLUMN "age" integer DEFAULT 0 NOT NULL;',
  'ALTER TABLE "users" ADD COLUMN "seen_at" timestamp with time zone DEFAULT now() NOT NULL;',
  'ALTER TABLE "users" ALTER COLUMN "age" DROP NOT NULL;',
  'ALTER TABLE "users" ALTER COLUMN "age" SET DEFAULT 0;',
  'ALTER TABLE "users" ADD CONSTRAINT "adult" CHECK ("users"."age" > 17) NOT VALID;',
  'CREATE INDEX IF NOT EXISTS "users_age" ON "users" USING btree ("age");',
  'INSERT INTO "users" DEFAULT VALUES;',
  'CREATE FUNCTION "f"() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN DELETE FROM "drafts"; DROP TABLE "drafts"; RETURN NEW; END $$;',
]

test.each(harmless)('what the version before does not notice passes: %s', (statement) => {
  expect(check(statement)).toEqual([])
})

test('a table that the version before does not know may be made in any way', () => {
  const made = 'CREATE TABLE "notes" (\n\t"id" uuid PRIMARY KEY NOT NULL\n);'
  const its = [
    'ALTER TABLE "notes" ADD CONSTRAINT "notes_fk" FOREIGN KEY ("id") REFERENCES "public"."users"("id") ON DELETE cascade;',
    'CREATE UNIQUE INDEX "notes_id" ON "notes" USING btree ("id");',
    'CREATE TRIGGER "t" BEFORE UPDATE OR DELETE ON "notes" FOR EACH ROW EXECUTE FUNCTION "f"();',
  ]
  expect(check(made, ...its)).toEqual([])
  expect(check(...its)).toHaveLength(3)
})

test('a released migration is never edited', () => {
  const edited = [{ ...released[0]!, sql: `${released[0]!.sql}\nSELECT 1;` }]
  expect(checkMigrations(edited, releases)).toEqual([
    expect.stringMatching(/^The migrations of release 0\.1\.0 were changed, .*: put them back, and add a new one\.$/),
  ])
})
