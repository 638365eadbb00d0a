CREATE TABLE "standing_approvals" (
	"id" uuid PRIMARY KEY NOT NULL,
	"user_id" uuid NOT NULL,
	"conversation_id" uuid NOT NULL,
	"tool" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "standing_approvals_userId_conversationId_tool_unique" UNIQUE("user_id","conversation_id","tool")
);
--> statement-breakpoint
CREATE TABLE "tool_floors" (
	"tool" text PRIMARY KEY NOT NULL,
	"loosest" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "tool_policies" (
	"user_id" uuid NOT NULL,
	"tool" text NOT NULL,
	"policy" text NOT NULL,
	CONSTRAINT "tool_policies_user_id_tool_pk" PRIMARY KEY("user_id","tool")
);
--> statement-breakpoint
-- safe: runs_message_id_first below holds the same for every run that 0.1.0 makes, and it names no constraint.
ALTER TABLE "runs" DROP CONSTRAINT "runs_messageId_unique";--> statement-breakpoint
-- safe: it comes back below, wider.
ALTER TABLE "runs" DROP CONSTRAINT "run_status";--> statement-breakpoint
ALTER TABLE "messages" ADD COLUMN "interrupts" jsonb DEFAULT '[]'::jsonb NOT NULL;--> statement-breakpoint
ALTER TABLE "messages" ADD COLUMN "taint" text;--> statement-breakpoint
ALTER TABLE "runs" ADD COLUMN "resumes" uuid;--> statement-breakpoint
ALTER TABLE "runs" ADD COLUMN "task_id" uuid;--> statement-breakpoint
ALTER TABLE "standing_approvals" ADD CONSTRAINT "standing_approvals_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "standing_approvals" ADD CONSTRAINT "standing_approvals_conversation_id_conversations_id_fk" FOREIGN KEY ("conversation_id") REFERENCES "public"."conversations"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "tool_policies" ADD CONSTRAINT "tool_policies_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX IF NOT EXISTS "messages_conversation_id_index" ON "messages" USING btree ("conversation_id") WHERE "messages"."status" = 'waiting';--> statement-breakpoint
-- safe: no stricter than the constraint that it replaces; runs wait while it is built, about half a second a million.
CREATE UNIQUE INDEX "runs_message_id_first" ON "runs" USING btree ("message_id") WHERE "runs"."resumes" is null;--> statement-breakpoint
-- safe: 0.1.0 never writes this column; runs wait while it is built, about half a second a million.
ALTER TABLE "runs" ADD CONSTRAINT "runs_resumes_unique" UNIQUE("resumes");--> statement-breakpoint
ALTER TABLE "runs" ADD CONSTRAINT "run_status" CHECK ("runs"."status" in ('queued', 'running', 'interrupted', 'succeeded', 'cancelled', 'failed')) NOT VALID;