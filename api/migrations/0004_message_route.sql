ALTER TABLE "messages" ADD COLUMN "route" jsonb;--> statement-breakpoint
ALTER TABLE "messages" ADD COLUMN "memories" jsonb DEFAULT '[]'::jsonb NOT NULL;