CREATE TABLE "memory_turns" (
	"id" uuid PRIMARY KEY NOT NULL,
	"user_id" uuid NOT NULL,
	"conversation_id" uuid NOT NULL,
	"message_id" uuid NOT NULL,
	"place" integer NOT NULL,
	"question_id" uuid NOT NULL,
	"speaker" text NOT NULL,
	"tool" text,
	"text" text NOT NULL,
	"trusted" boolean NOT NULL,
	"taint" text,
	"said_at" timestamp with time zone NOT NULL,
	"kept_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"encoder" text DEFAULT '',
	CONSTRAINT "memory_turns_messageId_place_unique" UNIQUE("message_id","place")
);
--> statement-breakpoint
ALTER TABLE "memory_people" ADD COLUMN "turns_from" uuid;--> statement-breakpoint
ALTER TABLE "memory_people" ADD COLUMN "turns_done_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "memory_turns" ADD CONSTRAINT "memory_turns_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "memory_turns" ADD CONSTRAINT "memory_turns_message_id_messages_id_fk" FOREIGN KEY ("message_id") REFERENCES "public"."messages"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "memory_turns_user_id_kept_at_id_index" ON "memory_turns" USING btree ("user_id","kept_at","id");--> statement-breakpoint
CREATE INDEX "memory_turns_user_id_conversation_id_index" ON "memory_turns" USING btree ("user_id","conversation_id");--> statement-breakpoint
CREATE INDEX "memory_turns_question_id_index" ON "memory_turns" USING btree ("question_id");--> statement-breakpoint
CREATE INDEX "memory_turns_encoder_id_index" ON "memory_turns" USING btree ("encoder","id");--> statement-breakpoint
CREATE TRIGGER "memory_turns_of_nobody_erased" BEFORE INSERT ON "memory_turns" FOR EACH ROW EXECUTE FUNCTION "refuse_erased_owner"();
