CREATE TABLE "failed_calls" (
	"id" bigserial PRIMARY KEY NOT NULL,
	"user_id" uuid NOT NULL,
	"message_id" uuid,
	"provider" text NOT NULL,
	"model" text NOT NULL,
	"attempt" integer NOT NULL,
	"code" text NOT NULL,
	"status" integer,
	"said" text,
	"failed_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
ALTER TABLE "failed_calls" ADD CONSTRAINT "failed_calls_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "failed_calls" ADD CONSTRAINT "failed_calls_message_id_messages_id_fk" FOREIGN KEY ("message_id") REFERENCES "public"."messages"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "failed_calls_user_id_index" ON "failed_calls" USING btree ("user_id");--> statement-breakpoint
CREATE INDEX "failed_calls_message_id_index" ON "failed_calls" USING btree ("message_id");--> statement-breakpoint
CREATE INDEX "failed_calls_failed_at_index" ON "failed_calls" USING btree ("failed_at");