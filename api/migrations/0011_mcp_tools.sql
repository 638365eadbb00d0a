CREATE TABLE "mcp_tools" (
	"server" text NOT NULL,
	"name" text NOT NULL,
	"told" text NOT NULL,
	"approved" text,
	"description" text NOT NULL,
	"told_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "mcp_tools_server_name_pk" PRIMARY KEY("server","name")
);
