CREATE TABLE "backups" (
	"name" text PRIMARY KEY NOT NULL,
	"began_at" timestamp with time zone NOT NULL,
	"took_ms" integer DEFAULT 0 NOT NULL,
	"bytes" bigint DEFAULT 0 NOT NULL,
	"rows" bigint DEFAULT 0 NOT NULL,
	"sha256" text,
	"failure" text
);
--> statement-breakpoint
ALTER TABLE "runs" ADD COLUMN "request_id" text;--> statement-breakpoint
CREATE INDEX "backups_began_at_index" ON "backups" USING btree ("began_at");