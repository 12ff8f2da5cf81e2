CREATE TABLE "registry_import" (
	"id" uuid PRIMARY KEY NOT NULL,
	"workspace_id" uuid NOT NULL,
	"registry_id" text NOT NULL,
	"actor" text NOT NULL,
	"format" text NOT NULL,
	"mode" text NOT NULL,
	"is_partial" boolean NOT NULL,
	"as_of" timestamp with time zone NOT NULL,
	"state" text NOT NULL,
	"bytes" bigint DEFAULT 0 NOT NULL,
	"bytes_expected" bigint,
	"rows" bigint DEFAULT 0 NOT NULL,
	"refused" bigint DEFAULT 0 NOT NULL,
	"refused_by_reason" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"refused_lines" jsonb DEFAULT '[]'::jsonb NOT NULL,
	"added" bigint DEFAULT 0 NOT NULL,
	"removed" bigint DEFAULT 0 NOT NULL,
	"contact_points" bigint DEFAULT 0 NOT NULL,
	"key_versions" jsonb NOT NULL,
	"version_numbers" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"base_version" uuid,
	"next_part" integer DEFAULT 0 NOT NULL,
	"problem" text,
	"created_at" timestamp with time zone NOT NULL,
	"touched_at" timestamp with time zone NOT NULL,
	"in_force_at" timestamp with time zone,
	"finished_at" timestamp with time zone
);
--> statement-breakpoint
-- One import of a list at a time: the second is told so.
CREATE UNIQUE INDEX "registry_import_open" ON "registry_import" USING btree ("workspace_id","registry_id") WHERE state in ('receiving', 'queued', 'merging', 'announcing');--> statement-breakpoint
CREATE INDEX "registry_import_newest" ON "registry_import" USING btree ("workspace_id","id");--> statement-breakpoint
CREATE TABLE "registry_part" (
	"workspace_id" uuid NOT NULL,
	"import_id" uuid NOT NULL,
	"key_version" text NOT NULL,
	"is_removal" boolean NOT NULL,
	"part" integer NOT NULL,
	"run" integer NOT NULL,
	"digests" "bytea" NOT NULL,
	"days" "bytea",
	CONSTRAINT "registry_part_pk" PRIMARY KEY("import_id","part","run","key_version","is_removal")
);
--> statement-breakpoint
-- Digests do not compress; trying would only cost time.
ALTER TABLE "registry_part" ALTER COLUMN "digests" SET STORAGE EXTERNAL;--> statement-breakpoint
CREATE TABLE "registry_block" (
	"workspace_id" uuid NOT NULL,
	"version_id" uuid NOT NULL,
	"key_version" text NOT NULL,
	"first" "bytea" NOT NULL,
	"digests" "bytea" NOT NULL,
	"days" "bytea",
	CONSTRAINT "registry_block_pk" PRIMARY KEY("version_id","key_version","first")
);
--> statement-breakpoint
ALTER TABLE "registry_block" ALTER COLUMN "digests" SET STORAGE PLAIN;--> statement-breakpoint
ALTER TABLE "registry_copy" ADD COLUMN "version_id" uuid;--> statement-breakpoint
ALTER TABLE "registry_copy" ADD COLUMN "version_numbers" jsonb DEFAULT '{}'::jsonb NOT NULL;--> statement-breakpoint

-- Tenancy for the new tables, as for the first ones.
DO $$
DECLARE
	name text;
BEGIN
	FOREACH name IN ARRAY ARRAY['registry_import', 'registry_part', 'registry_block']
	LOOP
		EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
		EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
		EXECUTE format('CREATE POLICY own_workspace ON %I TO consentry_app
			USING (workspace_id = (SELECT nullif(current_setting(''consentry.workspace'', true), '''')::uuid))', name);
		EXECUTE format('CREATE POLICY owner ON %I TO CURRENT_USER USING (true)', name);
	END LOOP;
END
$$;
--> statement-breakpoint
GRANT SELECT, INSERT, UPDATE ON "registry_import" TO consentry_app;
--> statement-breakpoint
GRANT SELECT, INSERT, DELETE ON "registry_part", "registry_block" TO consentry_app;
--> statement-breakpoint

-- Imports that nobody has worked on for a while, in all workspaces. Ids only.
CREATE FUNCTION registry_imports_waiting(quiet interval) RETURNS TABLE (workspace_id uuid, import_id uuid, state text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public AS
$$
	SELECT workspace_id, id, state FROM registry_import
	WHERE state IN ('receiving', 'queued', 'merging', 'announcing') AND touched_at < statement_timestamp() - quiet
$$;
