ALTER TABLE "api_keys" ADD COLUMN "scopes" text[] DEFAULT '{chat,v1,memory,files,tools}' NOT NULL;--> statement-breakpoint
ALTER TABLE "api_keys" ADD COLUMN "models" text[];--> statement-breakpoint
ALTER TABLE "api_keys" ADD COLUMN "budget_micro_usd" bigint;