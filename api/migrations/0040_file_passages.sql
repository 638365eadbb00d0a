CREATE TABLE "file_passages" (
	"file_id" uuid NOT NULL,
	"user_id" uuid NOT NULL,
	"position" integer NOT NULL,
	"start" integer NOT NULL,
	"page" integer,
	"heading" text,
	"text" text NOT NULL,
	CONSTRAINT "file_passages_file_id_position_pk" PRIMARY KEY("file_id","position")
);
--> statement-breakpoint
ALTER TABLE "files" ADD COLUMN "empty_pages" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "file_passages" ADD CONSTRAINT "file_passages_file_id_files_id_fk" FOREIGN KEY ("file_id") REFERENCES "public"."files"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "file_passages" ADD CONSTRAINT "file_passages_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "file_passages_user_id_index" ON "file_passages" USING btree ("user_id");--> statement-breakpoint
CREATE INDEX IF NOT EXISTS "files_unread" ON "files" USING btree ("created_at") WHERE "files"."status" = 'processing';