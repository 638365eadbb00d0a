ALTER TABLE "messages" ADD COLUMN "citations" jsonb;--> statement-breakpoint
ALTER TABLE "messages" ADD COLUMN "files" jsonb;--> statement-breakpoint
ALTER TABLE "files" ADD COLUMN "encoder" text DEFAULT '' NOT NULL;--> statement-breakpoint
CREATE INDEX "files_by_encoder" ON "files" USING btree ("encoder","id");