ALTER TABLE "files" ADD COLUMN "pages_seen" integer;--> statement-breakpoint
ALTER TABLE "files" ADD COLUMN "pages_to_see" integer;--> statement-breakpoint
ALTER TABLE "files" ADD COLUMN "claimed_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "files" ADD COLUMN "url" text;