CREATE TABLE "erasure_steps" (
	"user_id" uuid NOT NULL,
	"store" text NOT NULL,
	"keys" jsonb NOT NULL,
	"attempts" integer DEFAULT 0 NOT NULL,
	"next_attempt_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "erasure_steps_user_id_store_pk" PRIMARY KEY("user_id","store")
);
--> statement-breakpoint
CREATE TABLE "erasures" (
	"user_id" uuid PRIMARY KEY NOT NULL,
	"started_at" timestamp with time zone DEFAULT now() NOT NULL,
	"rows_gone_at" timestamp with time zone,
	"finished_at" timestamp with time zone,
	"next_attempt_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "memory_collections" (
	"name" text PRIMARY KEY NOT NULL,
	"user_id" uuid NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "schedules" (
	"id" text PRIMARY KEY NOT NULL,
	"job" text NOT NULL,
	"payload" jsonb,
	"user_id" uuid,
	"every_seconds" integer,
	"cron" text,
	"zone" text,
	"next_at" timestamp with time zone NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "sweeps" (
	"what" text PRIMARY KEY NOT NULL,
	"swept_at" timestamp with time zone,
	"took_ms" integer DEFAULT 0 NOT NULL,
	"removed" bigint DEFAULT 0 NOT NULL,
	"failure" text
);
--> statement-breakpoint
ALTER TABLE "erasure_steps" ADD CONSTRAINT "erasure_steps_user_id_erasures_user_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."erasures"("user_id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "schedules" ADD CONSTRAINT "schedules_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "erasure_steps_next_attempt_at_index" ON "erasure_steps" USING btree ("next_attempt_at");--> statement-breakpoint
CREATE INDEX "erasures_next_attempt_at_index" ON "erasures" USING btree ("next_attempt_at") WHERE "erasures"."rows_gone_at" is null;--> statement-breakpoint
CREATE INDEX "erasures_finished_at_index" ON "erasures" USING btree ("finished_at");--> statement-breakpoint
CREATE INDEX "memory_collections_user_id_index" ON "memory_collections" USING btree ("user_id");--> statement-breakpoint
CREATE INDEX "schedules_next_at_index" ON "schedules" USING btree ("next_at");--> statement-breakpoint
CREATE INDEX "schedules_user_id_index" ON "schedules" USING btree ("user_id");--> statement-breakpoint
CREATE FUNCTION "refuse_erased_owner"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	-- A backup holds the rows of people whose erasure has begun, too.
	IF NEW.user_id IS NULL OR current_setting('jarvis.restoring', true) = 'on' THEN
		RETURN NEW;
	END IF;
	-- The lock waits out an erasure that begins at this moment; the next statement then sees it.
	PERFORM FROM "users" WHERE "id" = NEW.user_id FOR KEY SHARE;
	IF NOT FOUND OR EXISTS (SELECT FROM "erasures" WHERE "user_id" = NEW.user_id) THEN
		RAISE EXCEPTION 'The person % is not there, or is being erased.', NEW.user_id USING ERRCODE = 'JV001';
	END IF;
	RETURN NEW;
END $$;
--> statement-breakpoint
-- safe: for people that there are it changes nothing.
CREATE TRIGGER "sessions_of_nobody_erased" BEFORE INSERT ON "sessions" FOR EACH ROW EXECUTE FUNCTION "refuse_erased_owner"();
--> statement-breakpoint
-- safe: the same.
CREATE TRIGGER "api_keys_of_nobody_erased" BEFORE INSERT ON "api_keys" FOR EACH ROW EXECUTE FUNCTION "refuse_erased_owner"();
--> statement-breakpoint
-- safe: the same.
CREATE TRIGGER "runs_of_nobody_erased" BEFORE INSERT ON "runs" FOR EACH ROW EXECUTE FUNCTION "refuse_erased_owner"();
--> statement-breakpoint
CREATE TRIGGER "schedules_of_nobody_erased" BEFORE INSERT ON "schedules" FOR EACH ROW EXECUTE FUNCTION "refuse_erased_owner"();
--> statement-breakpoint
CREATE TRIGGER "memory_collections_of_nobody_erased" BEFORE INSERT ON "memory_collections" FOR EACH ROW EXECUTE FUNCTION "refuse_erased_owner"();
--> statement-breakpoint
CREATE FUNCTION "remember_erasure"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO "erasures" ("user_id", "rows_gone_at") VALUES (OLD.id, now()) ON CONFLICT ("user_id") DO UPDATE SET "rows_gone_at" = now();
	RETURN NULL;
END $$;
--> statement-breakpoint
-- safe: whoever the version before erases is known to be gone, so that what it leaves in other stores is found.
CREATE TRIGGER "users_are_remembered_as_erased" AFTER DELETE ON "users" FOR EACH ROW EXECUTE FUNCTION "remember_erasure"();
