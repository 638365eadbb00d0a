ALTER TABLE "messages" ADD COLUMN "parts" jsonb;--> statement-breakpoint
ALTER TABLE "messages" ADD COLUMN "finish_reason" text;--> statement-breakpoint
CREATE INDEX IF NOT EXISTS "audit_action_id" ON "audit" USING btree ("action","id");--> statement-breakpoint
CREATE INDEX IF NOT EXISTS "audit_actor_id_id" ON "audit" USING btree ("actor_id","id");
