CREATE TABLE "model_lessons" (
	"place" text PRIMARY KEY NOT NULL,
	"id" uuid NOT NULL,
	"lesson" jsonb NOT NULL,
	"learned_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "model_lessons_id_unique" UNIQUE("id")
);
