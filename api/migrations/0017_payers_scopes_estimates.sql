CREATE TABLE "budget_scopes" (
	"id" uuid PRIMARY KEY NOT NULL,
	"kind" text NOT NULL,
	"tokens_per_cycle" bigint,
	"ceiling_micro_usd" bigint,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
ALTER TABLE "budgets" ADD COLUMN "kind" text DEFAULT 'person' NOT NULL;--> statement-breakpoint
ALTER TABLE "ledger" ADD COLUMN "actor_id" uuid;--> statement-breakpoint
ALTER TABLE "ledger" ADD COLUMN "scopes" uuid[];--> statement-breakpoint
ALTER TABLE "reservations" ADD COLUMN "actor_id" uuid;--> statement-breakpoint
ALTER TABLE "reservations" ADD COLUMN "scopes" uuid[];--> statement-breakpoint
ALTER TABLE "reservations" ADD COLUMN "is_sent" boolean DEFAULT false NOT NULL;--> statement-breakpoint
CREATE INDEX IF NOT EXISTS "ledger_actor_id_index" ON "ledger" USING btree ("actor_id") WHERE "ledger"."actor_id" is not null;
--> statement-breakpoint
-- The installation becomes a scope like the others, in a row of the same table.
INSERT INTO "budgets" ("user_id", "cycle_starts_at", "kind", "cost_micro_usd", "reserved_micro_usd")
SELECT '00000000-0000-0000-0000-000000000000', "cycle_starts_at", 'installation', "cost_micro_usd", "reserved_micro_usd" FROM "installation_budgets";
--> statement-breakpoint
CREATE OR REPLACE FUNCTION "forget_payer"() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
	unknown_payer uuid := gen_random_uuid();
BEGIN
	-- The counters first: their lock waits out whoever reserves or settles, and nobody who comes later finds them.
	UPDATE "budgets" SET "user_id" = unknown_payer WHERE "user_id" = OLD.id;
	UPDATE "reservations" SET "user_id" = unknown_payer, "scopes" = array_replace("scopes", OLD.id, unknown_payer) WHERE "user_id" = OLD.id;
	UPDATE "reservations" SET "actor_id" = unknown_payer WHERE "actor_id" = OLD.id;
	UPDATE "ledger" SET "user_id" = unknown_payer, "scopes" = array_replace("scopes", OLD.id, unknown_payer), "run_id" = NULL, "message_id" = NULL, "conversation_id" = NULL WHERE "user_id" = OLD.id;
	UPDATE "ledger" SET "actor_id" = unknown_payer, "run_id" = NULL, "message_id" = NULL, "conversation_id" = NULL WHERE "actor_id" = OLD.id;
	RETURN OLD;
END $$;
--> statement-breakpoint
CREATE OR REPLACE FUNCTION "refund_old_release"() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
	still_set bigint;
BEGIN
	SELECT sum(CASE WHEN "credit_account" = 'reserved' THEN 1 ELSE -1 END * ("input_tokens" + "output_tokens")) INTO still_set FROM "ledger"
	WHERE "user_id" = OLD.user_id AND "created_at" >= OLD.created_at AND "reservation_id" = OLD.id AND 'reserved' IN ("debit_account", "credit_account");
	-- Nothing is left when this version closed it. 0.1.0 gives back a person's tokens, and knows neither their entry, money set aside nor other scopes.
	IF still_set > 0 THEN
		INSERT INTO "ledger" ("user_id", "actor_id", "scopes", "cycle_starts_at", "reservation_id", "run_id", "kind", "model", "entry", "debit_account", "credit_account", "input_tokens", "output_tokens", "cost_micro_usd")
		VALUES (OLD.user_id, OLD.actor_id, OLD.scopes, OLD.cycle_starts_at, OLD.id, OLD.run_id, OLD.kind, OLD.model, 'refund', 'reserved', 'available', OLD.tokens - OLD.output_tokens, OLD.output_tokens, OLD.cost_micro_usd);
		UPDATE "budgets" SET "reserved_micro_usd" = "reserved_micro_usd" - OLD.cost_micro_usd,
			"tokens_reserved" = "tokens_reserved" - CASE WHEN "user_id" = OLD.user_id OR "kind" = 'installation' THEN 0 ELSE OLD.tokens END
		WHERE "cycle_starts_at" = OLD.cycle_starts_at AND "user_id" = ANY (coalesce(OLD.scopes, ARRAY[OLD.user_id]) || '00000000-0000-0000-0000-000000000000'::uuid);
	END IF;
	RETURN NULL;
END $$;
--> statement-breakpoint
-- safe: no release has it; its rows are in "budgets" now.
DROP TABLE "installation_budgets";
