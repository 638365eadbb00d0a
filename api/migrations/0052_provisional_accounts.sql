ALTER TABLE "users" ADD COLUMN "claimed_email" text;--> statement-breakpoint
CREATE INDEX IF NOT EXISTS "users_claimed_email_index" ON "users" USING btree ("claimed_email");