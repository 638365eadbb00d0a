CREATE INDEX IF NOT EXISTS "conversations_current" ON "conversations" USING btree ("user_id","updated_at","id") WHERE "conversations"."archived_at" is null;--> statement-breakpoint
CREATE INDEX IF NOT EXISTS "conversations_archived" ON "conversations" USING btree ("user_id","updated_at","id") WHERE "conversations"."archived_at" is not null;--> statement-breakpoint
CREATE INDEX IF NOT EXISTS "conversations_user_id" ON "conversations" USING btree ("user_id","id");--> statement-breakpoint
CREATE OR REPLACE FUNCTION "has_cjk"("value" text) RETURNS boolean LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
	SELECT "value" ~ '[\u2E80-\u2FDF\u3005-\u3007\u3021-\u3029\u3038-\u303B\u3041-\u30FF\u3105-\u312F\u3131-\u318E\u31A0-\u31BF\u31F0-\u31FF\u3400-\u4DBF\u4E00-\u9FFF\uAC00-\uD7AF\uF900-\uFAFF\U00020000-\U0003FFFF]'
$$;--> statement-breakpoint
CREATE OR REPLACE FUNCTION "cjk_grams"("value" text) RETURNS text[] LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
	-- Each Chinese, Japanese or Korean character, and each pair of neighbours: in a text of them two characters are a word, too few for trigrams.
	SELECT array_agg(DISTINCT gram)
	FROM regexp_matches("value", '[\u2E80-\u2FDF\u3005-\u3007\u3021-\u3029\u3038-\u303B\u3041-\u30FF\u3105-\u312F\u3131-\u318E\u31A0-\u31BF\u31F0-\u31FF\u3400-\u4DBF\u4E00-\u9FFF\uAC00-\uD7AF\uF900-\uFAFF\U00020000-\U0003FFFF]+', 'g') AS run,
		LATERAL (SELECT sign, lead(sign) OVER (ORDER BY at) AS next FROM string_to_table(run[1], NULL) WITH ORDINALITY AS signs(sign, at)) AS pairs,
		LATERAL unnest(ARRAY[sign, sign || next]) AS gram
	WHERE gram IS NOT NULL
$$;--> statement-breakpoint
CREATE INDEX IF NOT EXISTS "messages_content_cjk" ON "messages" USING gin (cjk_grams("content")) WHERE has_cjk("content");--> statement-breakpoint
DO $$
DECLARE
	place text;
BEGIN
	BEGIN
		CREATE EXTENSION IF NOT EXISTS pg_trgm;
	EXCEPTION WHEN insufficient_privilege OR undefined_file OR feature_not_supported THEN
		RAISE NOTICE 'pg_trgm cannot be made here: the search of conversations reads them one by one';
	END;
	SELECT nspname INTO place FROM pg_opclass JOIN pg_namespace ON pg_namespace.oid = opcnamespace WHERE opcname = 'gin_trgm_ops';
	IF place IS NOT NULL THEN
		EXECUTE format('CREATE INDEX IF NOT EXISTS messages_content_trigrams ON messages USING gin (content %I.gin_trgm_ops)', place);
		EXECUTE format('CREATE INDEX IF NOT EXISTS conversations_title_trigrams ON conversations USING gin (title %I.gin_trgm_ops)', place);
	END IF;
END $$;
