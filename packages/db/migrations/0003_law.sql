CREATE TABLE "reassignment_answer" (
	"gate_id" bigint PRIMARY KEY NOT NULL,
	"workspace_id" uuid NOT NULL,
	"database" text NOT NULL,
	"answer" text NOT NULL,
	"queried_at" timestamp with time zone NOT NULL,
	"consent_date" date NOT NULL
);
--> statement-breakpoint
CREATE TABLE "registry_copy" (
	"workspace_id" uuid NOT NULL,
	"registry_id" text NOT NULL,
	"as_of" timestamp with time zone NOT NULL,
	"imported_at" timestamp with time zone NOT NULL,
	CONSTRAINT "registry_copy_workspace_id_registry_id_pk" PRIMARY KEY("workspace_id","registry_id")
);
--> statement-breakpoint
CREATE TABLE "registry_entry" (
	"workspace_id" uuid NOT NULL,
	"registry_id" text NOT NULL,
	"digest" "bytea" NOT NULL,
	"listed_at" date,
	CONSTRAINT "registry_entry_workspace_id_registry_id_digest_pk" PRIMARY KEY("workspace_id","registry_id","digest")
);
--> statement-breakpoint
CREATE TABLE "relationship" (
	"workspace_id" uuid NOT NULL,
	"contact_id" uuid NOT NULL,
	"sender_id" uuid NOT NULL,
	"last_purchase_at" date,
	"last_inquiry_at" date,
	"contract_in_force" boolean DEFAULT false NOT NULL,
	"collected_during" text,
	"similar_products" boolean,
	"opt_out_offered_at_collection" boolean,
	"refused_at_collection" boolean,
	"updated_at" timestamp with time zone NOT NULL,
	CONSTRAINT "relationship_contact_id_sender_id_pk" PRIMARY KEY("contact_id","sender_id")
);
--> statement-breakpoint
CREATE TABLE "source" (
	"id" uuid PRIMARY KEY NOT NULL,
	"workspace_id" uuid NOT NULL,
	"key" text NOT NULL,
	"name" text NOT NULL,
	"kind" text NOT NULL,
	"vendor" text,
	"verified_at" timestamp with time zone,
	"verified_note" text,
	"created_at" timestamp with time zone NOT NULL,
	CONSTRAINT "source_key" UNIQUE("workspace_id","key")
);
--> statement-breakpoint
ALTER TABLE "campaign" ADD COLUMN "circumstances" jsonb DEFAULT '{}'::jsonb NOT NULL;--> statement-breakpoint
ALTER TABLE "contact" ADD COLUMN "source_id" uuid;--> statement-breakpoint
ALTER TABLE "contact" ADD COLUMN "obtained_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "contact" ADD COLUMN "art14_notice_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "contact" ADD COLUMN "opt_out_signal_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "sender" ADD COLUMN "policy" jsonb DEFAULT '{}'::jsonb NOT NULL;--> statement-breakpoint
ALTER TABLE "sender" ADD COLUMN "is_bulk_sender" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "workspace" ADD COLUMN "policy" jsonb DEFAULT '{}'::jsonb NOT NULL;--> statement-breakpoint
CREATE INDEX "registry_entry_by_digest" ON "registry_entry" USING btree ("workspace_id","digest");--> statement-breakpoint

-- Tenancy for the new tables, as for the first ones.
DO $$
DECLARE
	name text;
BEGIN
	FOREACH name IN ARRAY ARRAY['source', 'relationship', 'registry_copy', 'registry_entry', 'reassignment_answer']
	LOOP
		EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
		EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
		EXECUTE format('CREATE POLICY own_workspace ON %I TO consentry_app
			USING (workspace_id = (SELECT nullif(current_setting(''consentry.workspace'', true), '''')::uuid))', name);
		EXECUTE format('CREATE POLICY owner ON %I TO CURRENT_USER USING (true)', name);
		EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO consentry_app', name);
	END LOOP;
END
$$;
--> statement-breakpoint
REVOKE DELETE ON "source", "relationship" FROM consentry_app;
