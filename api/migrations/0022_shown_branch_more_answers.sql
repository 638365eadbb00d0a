ALTER TABLE "conversations" ADD COLUMN "leaf_id" uuid;--> statement-breakpoint
CREATE INDEX IF NOT EXISTS "runs_message_id_index" ON "runs" USING btree ("message_id");--> statement-breakpoint
-- A question may have several answers. That a message is stored once is the primary key's to say.
DROP INDEX "runs_message_id_first";
