ALTER TABLE "memories" ADD COLUMN "message_id" uuid;--> statement-breakpoint
ALTER TABLE "memories" ADD COLUMN "source" text;--> statement-breakpoint
ALTER TABLE "memories" ADD COLUMN "subject" text DEFAULT '' NOT NULL;--> statement-breakpoint
ALTER TABLE "memories" ADD COLUMN "happened" text;--> statement-breakpoint
ALTER TABLE "memories" ADD COLUMN "successor_id" uuid;--> statement-breakpoint
ALTER TABLE "memories" ADD COLUMN "closed_at" timestamp with time zone;--> statement-breakpoint
CREATE INDEX IF NOT EXISTS "memories_successor_id_index" ON "memories" USING btree ("successor_id");--> statement-breakpoint
CREATE INDEX IF NOT EXISTS "memories_user_id_conversation_id_index" ON "memories" USING btree ("user_id","conversation_id");--> statement-breakpoint
CREATE INDEX IF NOT EXISTS "memories_message_id_index" ON "memories" USING btree ("message_id");