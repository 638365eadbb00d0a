CREATE TABLE "retention_wishes" (
	"user_id" uuid PRIMARY KEY NOT NULL,
	"conversation_days" integer
);
--> statement-breakpoint
ALTER TABLE "retention_wishes" ADD CONSTRAINT "retention_wishes_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;