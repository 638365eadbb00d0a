CREATE TABLE "installation" (
	"id" boolean PRIMARY KEY DEFAULT true NOT NULL,
	"ceiling_micro_usd" bigint,
	CONSTRAINT "installation_one_row" CHECK ("installation"."id")
);
--> statement-breakpoint
CREATE TABLE "installation_budgets" (
	"cycle_starts_at" timestamp with time zone PRIMARY KEY NOT NULL,
	"cost_micro_usd" bigint DEFAULT 0 NOT NULL,
	"reserved_micro_usd" bigint DEFAULT 0 NOT NULL
);
--> statement-breakpoint
-- safe: the trigger users_forget_payer takes its place, for 0.1.0 too.
ALTER TABLE "budgets" DROP CONSTRAINT "budgets_user_id_users_id_fk";
--> statement-breakpoint
-- safe: the trigger users_forget_payer takes its place, for 0.1.0 too.
ALTER TABLE "ledger" DROP CONSTRAINT "ledger_user_id_users_id_fk";
--> statement-breakpoint
-- safe: the trigger users_forget_payer takes its place, for 0.1.0 too.
ALTER TABLE "reservations" DROP CONSTRAINT "reservations_user_id_users_id_fk";
--> statement-breakpoint
-- safe: the trigger reservations_of_0_1_0 takes its place for 0.1.0.
ALTER TABLE "reservations" DROP CONSTRAINT "reservations_pkey";--> statement-breakpoint
ALTER TABLE "reservations" ALTER COLUMN "run_id" DROP NOT NULL;--> statement-breakpoint
ALTER TABLE "budgets" ADD COLUMN "reserved_micro_usd" bigint DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "ledger" ADD COLUMN "reservation_id" uuid;--> statement-breakpoint
ALTER TABLE "ledger" ADD COLUMN "message_id" uuid;--> statement-breakpoint
ALTER TABLE "ledger" ADD COLUMN "entry" text DEFAULT 'settlement' NOT NULL;--> statement-breakpoint
ALTER TABLE "ledger" ADD COLUMN "debit_account" text DEFAULT 'available' NOT NULL;--> statement-breakpoint
ALTER TABLE "ledger" ADD COLUMN "credit_account" text DEFAULT 'spent' NOT NULL;--> statement-breakpoint
-- safe: only runs at work have rows.
ALTER TABLE "reservations" ADD COLUMN "id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL;--> statement-breakpoint
ALTER TABLE "reservations" ADD COLUMN "attempt" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "reservations" ADD COLUMN "kind" text DEFAULT 'answer' NOT NULL;--> statement-breakpoint
ALTER TABLE "reservations" ADD COLUMN "model" text DEFAULT '' NOT NULL;--> statement-breakpoint
ALTER TABLE "reservations" ADD COLUMN "output_tokens" bigint DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "reservations" ADD COLUMN "cost_micro_usd" bigint DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "users" ADD COLUMN "ceiling_micro_usd" bigint;--> statement-breakpoint
CREATE INDEX IF NOT EXISTS "ledger_created_at_index" ON "ledger" USING brin ("created_at");--> statement-breakpoint
-- safe: only runs at work have rows.
CREATE INDEX "reservations_run_id_index" ON "reservations" USING btree ("run_id");--> statement-breakpoint
ALTER TABLE "budgets" ADD CONSTRAINT "budget_reserved_positive" CHECK ("budgets"."reserved_micro_usd" >= 0) NOT VALID;--> statement-breakpoint
ALTER TABLE "ledger" ADD CONSTRAINT "ledger_accounts" CHECK ("ledger"."debit_account" <> "ledger"."credit_account" and "ledger"."debit_account" in ('available', 'reserved') and "ledger"."credit_account" in ('available', 'reserved', 'spent')) NOT VALID;--> statement-breakpoint
ALTER TABLE "ledger" ADD CONSTRAINT "ledger_positive" CHECK ("ledger"."input_tokens" >= 0 and "ledger"."output_tokens" >= 0 and "ledger"."cost_micro_usd" >= 0) NOT VALID;
--> statement-breakpoint
INSERT INTO "installation" DEFAULT VALUES;
--> statement-breakpoint
-- The ledger was single-entry: what is set aside right now becomes a reservation of it, what was booked reads "from available to spent".
INSERT INTO "ledger" ("user_id", "cycle_starts_at", "reservation_id", "run_id", "kind", "model", "entry", "debit_account", "credit_account", "input_tokens", "output_tokens", "cost_micro_usd", "created_at")
SELECT "user_id", "cycle_starts_at", "id", "run_id", "kind", "model", 'reservation', 'available', 'reserved', "tokens", 0, 0, "created_at" FROM "reservations";
--> statement-breakpoint
CREATE FUNCTION "refuse_ledger_change"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	-- Only from within the erasure of a person, and only who and what for: never an amount, an account or a time.
	IF TG_OP = 'UPDATE' THEN
		IF pg_trigger_depth() > 1
			AND ROW(NEW.id, NEW.cycle_starts_at, NEW.reservation_id, NEW.kind, NEW.model, NEW.entry, NEW.debit_account, NEW.credit_account, NEW.input_tokens, NEW.output_tokens, NEW.cost_micro_usd, NEW.created_at)
				IS NOT DISTINCT FROM ROW(OLD.id, OLD.cycle_starts_at, OLD.reservation_id, OLD.kind, OLD.model, OLD.entry, OLD.debit_account, OLD.credit_account, OLD.input_tokens, OLD.output_tokens, OLD.cost_micro_usd, OLD.created_at)
		THEN
			RETURN NEW;
		END IF;
	END IF;
	RAISE EXCEPTION 'The ledger only grows: % is refused.', TG_OP USING ERRCODE = 'restrict_violation';
END $$;
--> statement-breakpoint
-- safe: 0.1.0 changes no row and deletes none but by a cascade that is gone.
CREATE TRIGGER "ledger_only_grows" BEFORE UPDATE OR DELETE ON "ledger" FOR EACH ROW EXECUTE FUNCTION "refuse_ledger_change"();
--> statement-breakpoint
-- safe: 0.1.0 changes no row and deletes none but by a cascade that is gone.
CREATE TRIGGER "ledger_is_never_emptied" BEFORE TRUNCATE ON "ledger" FOR EACH STATEMENT EXECUTE FUNCTION "refuse_ledger_change"();
--> statement-breakpoint
CREATE FUNCTION "forget_payer"() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
	unknown_payer uuid := gen_random_uuid();
BEGIN
	-- The counters first: their lock waits out whoever reserves or settles, and nobody who comes later finds them.
	UPDATE "budgets" SET "user_id" = unknown_payer WHERE "user_id" = OLD.id;
	UPDATE "reservations" SET "user_id" = unknown_payer WHERE "user_id" = OLD.id;
	UPDATE "ledger" SET "user_id" = unknown_payer, "run_id" = NULL, "message_id" = NULL, "conversation_id" = NULL WHERE "user_id" = OLD.id;
	RETURN OLD;
END $$;
--> statement-breakpoint
-- safe: it does more for whoever 0.1.0 erases, and nothing less.
CREATE TRIGGER "users_forget_payer" BEFORE DELETE ON "users" FOR EACH ROW EXECUTE FUNCTION "forget_payer"();
--> statement-breakpoint
CREATE FUNCTION "enter_old_reservation"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	-- Release 0.1.0 sets aside once for each run, names no model, and knows no entry for it.
	IF EXISTS (SELECT FROM "reservations" WHERE "run_id" = NEW.run_id) THEN
		RETURN NULL;
	END IF;
	INSERT INTO "ledger" ("user_id", "cycle_starts_at", "reservation_id", "run_id", "kind", "model", "entry", "debit_account", "credit_account", "input_tokens", "output_tokens", "cost_micro_usd")
	SELECT NEW.user_id, NEW.cycle_starts_at, NEW.id, NEW.run_id, NEW.kind, NEW.model, 'reservation', 'available', 'reserved', NEW.tokens, 0, 0
	-- A restored backup has its entry already.
	WHERE NOT EXISTS (SELECT FROM "ledger" WHERE "user_id" = NEW.user_id AND "reservation_id" = NEW.id);
	RETURN NEW;
END $$;
--> statement-breakpoint
-- safe: for 0.1.0 alone, so that the ledger balances while both versions write; to be dropped by the release after the next.
CREATE TRIGGER "reservations_of_0_1_0" BEFORE INSERT ON "reservations" FOR EACH ROW WHEN (NEW."model" = '') EXECUTE FUNCTION "enter_old_reservation"();
--> statement-breakpoint
CREATE FUNCTION "refund_old_release"() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
	still_set bigint;
BEGIN
	SELECT sum(CASE WHEN "credit_account" = 'reserved' THEN 1 ELSE -1 END * ("input_tokens" + "output_tokens")) INTO still_set FROM "ledger"
	WHERE "user_id" = OLD.user_id AND "created_at" >= OLD.created_at AND "reservation_id" = OLD.id AND 'reserved' IN ("debit_account", "credit_account");
	-- Nothing is left when this version closed it. 0.1.0 gives back tokens, and knows neither their entry nor money set aside.
	IF still_set > 0 THEN
		INSERT INTO "ledger" ("user_id", "cycle_starts_at", "reservation_id", "run_id", "kind", "model", "entry", "debit_account", "credit_account", "input_tokens", "output_tokens", "cost_micro_usd")
		VALUES (OLD.user_id, OLD.cycle_starts_at, OLD.id, OLD.run_id, OLD.kind, OLD.model, 'refund', 'reserved', 'available', OLD.tokens - OLD.output_tokens, OLD.output_tokens, OLD.cost_micro_usd);
		UPDATE "budgets" SET "reserved_micro_usd" = "reserved_micro_usd" - OLD.cost_micro_usd WHERE "user_id" = OLD.user_id AND "cycle_starts_at" = OLD.cycle_starts_at;
		UPDATE "installation_budgets" SET "reserved_micro_usd" = "reserved_micro_usd" - OLD.cost_micro_usd WHERE "cycle_starts_at" = OLD.cycle_starts_at;
	END IF;
	RETURN NULL;
END $$;
--> statement-breakpoint
-- safe: the same.
CREATE TRIGGER "releases_of_0_1_0" AFTER DELETE ON "reservations" FOR EACH ROW EXECUTE FUNCTION "refund_old_release"();
