CREATE TABLE "memories" (
	"id" uuid PRIMARY KEY NOT NULL,
	"user_id" uuid NOT NULL,
	"text" text NOT NULL,
	"digest" text NOT NULL,
	"origin" text NOT NULL,
	"trusted" boolean DEFAULT false NOT NULL,
	"conversation_id" uuid,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"encoder" text DEFAULT '' NOT NULL
);
--> statement-breakpoint
CREATE TABLE "memory_people" (
	"user_id" uuid PRIMARY KEY NOT NULL,
	"moved_at" timestamp with time zone
);
--> statement-breakpoint
ALTER TABLE "memories" ADD CONSTRAINT "memories_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "memory_people" ADD CONSTRAINT "memory_people_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "memories_user_id_digest_index" ON "memories" USING btree ("user_id","digest");--> statement-breakpoint
CREATE INDEX "memories_user_id_created_at_id_index" ON "memories" USING btree ("user_id","created_at","id");--> statement-breakpoint
CREATE INDEX "memories_user_id_updated_at_id_index" ON "memories" USING btree ("user_id","updated_at","id");--> statement-breakpoint
CREATE INDEX "memories_encoder_index" ON "memories" USING btree ("encoder");
--> statement-breakpoint
CREATE TRIGGER "memories_of_nobody_erased" BEFORE INSERT ON "memories" FOR EACH ROW EXECUTE FUNCTION "refuse_erased_owner"();
--> statement-breakpoint
CREATE TRIGGER "memory_people_of_nobody_erased" BEFORE INSERT ON "memory_people" FOR EACH ROW EXECUTE FUNCTION "refuse_erased_owner"();
