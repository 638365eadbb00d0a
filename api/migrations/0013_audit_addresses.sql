ALTER TABLE "audit" ADD COLUMN "address_salt" text;--> statement-breakpoint
ALTER TABLE "audit" ADD COLUMN "address_digest" text;--> statement-breakpoint
CREATE FUNCTION "forget_addresses"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	-- The chain is made of digests, so it holds without the addresses; a row of 0.1.0 has none, and keeps its address.
	UPDATE "audit" SET "address" = NULL, "address_salt" = NULL WHERE "actor_id" = OLD.id AND "address_digest" IS NOT NULL;
	RETURN OLD;
END $$;
--> statement-breakpoint
-- safe: it does more for whoever 0.1.0 erases, and nothing less.
CREATE TRIGGER "users_forget_addresses" BEFORE DELETE ON "users" FOR EACH ROW EXECUTE FUNCTION "forget_addresses"();
