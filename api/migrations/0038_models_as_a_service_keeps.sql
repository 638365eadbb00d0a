CREATE TABLE "kept_responses" (
	"id" text PRIMARY KEY NOT NULL,
	"user_id" uuid NOT NULL,
	"previous_id" text,
	"conversation_id" uuid,
	"input" text NOT NULL,
	"said" text NOT NULL,
	"answer" text NOT NULL,
	"bytes" integer NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "v1_settings" (
	"id" boolean PRIMARY KEY DEFAULT true NOT NULL,
	"cache_sharing" text NOT NULL,
	CONSTRAINT "v1_settings_one_row" CHECK ("v1_settings"."id")
);
--> statement-breakpoint
ALTER TABLE "kept_responses" ADD CONSTRAINT "kept_responses_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "kept_responses_user_id_created_at_index" ON "kept_responses" USING btree ("user_id","created_at");--> statement-breakpoint
CREATE INDEX "kept_responses_created_at_index" ON "kept_responses" USING btree ("created_at");