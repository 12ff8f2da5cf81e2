CREATE TABLE "ledger" (
	"only_row" boolean PRIMARY KEY DEFAULT true NOT NULL CHECK ("only_row"),
	"id" uuid NOT NULL,
	"sealed_below" "xid8" NOT NULL,
	"open_below" "xid8",
	"after_id" bigint NOT NULL,
	"size" bigint NOT NULL
);
--> statement-breakpoint
CREATE TABLE "ledger_checkpoint" (
	"size" bigint PRIMARY KEY NOT NULL,
	"previous_size" bigint NOT NULL,
	"root" "bytea" NOT NULL,
	"note" text NOT NULL,
	"sealed_at" timestamp with time zone NOT NULL,
	"xid_from" "xid8" NOT NULL,
	"xid_below" "xid8" NOT NULL,
	"after_id" bigint NOT NULL,
	"last_id" bigint
);
--> statement-breakpoint
CREATE TABLE "ledger_tile" (
	"level" smallint NOT NULL,
	"index" bigint NOT NULL,
	"hashes" "bytea" NOT NULL,
	CONSTRAINT "ledger_tile_level_index_pk" PRIMARY KEY("level","index")
);
--> statement-breakpoint
CREATE INDEX "ledger_checkpoint_by_xid" ON "ledger_checkpoint" USING btree ("xid_below","size");
--> statement-breakpoint
-- Hashes do not compress.
ALTER TABLE "ledger_tile" ALTER COLUMN "hashes" SET STORAGE EXTERNAL;
--> statement-breakpoint
INSERT INTO "ledger" ("id", "sealed_below", "after_id", "size") VALUES (gen_random_uuid(), '0', 0, 0);
--> statement-breakpoint
ALTER TABLE "consent_event" ADD COLUMN "xid" "xid8" DEFAULT pg_current_xact_id() NOT NULL;--> statement-breakpoint
CREATE INDEX "consent_event_by_xid" ON "consent_event" USING btree ("xid","id");--> statement-breakpoint

-- An event that named another transaction than its own could slip past the sealer.
CREATE OR REPLACE FUNCTION consent_event_needs_bump() RETURNS trigger LANGUAGE plpgsql AS
$$
BEGIN
	NEW.xid := pg_current_xact_id();
	PERFORM 1 FROM gate
	WHERE id = NEW.gate_id AND workspace_id = NEW.workspace_id
		AND bumped_by = NEW.xid AND version = NEW.gate_version;
	IF NOT FOUND THEN
		RAISE EXCEPTION 'consent event for gate row % without a bump of its version in the same transaction', NEW.gate_id
			USING ERRCODE = 'integrity_constraint_violation';
	END IF;
	RETURN NEW;
END
$$;
--> statement-breakpoint

-- The sealer works over all workspaces, under a role that sees of them only what is public in the ledger: no evidence,
-- no person. The application may read the tree to make proofs, and can neither seal nor change what is sealed.
DO $$
BEGIN
	IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'consentry_ledger') THEN CREATE ROLE consentry_ledger NOLOGIN; END IF;
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
END
$$;
--> statement-breakpoint
GRANT consentry_ledger TO CURRENT_USER;
--> statement-breakpoint
GRANT USAGE ON SCHEMA public TO consentry_ledger;
--> statement-breakpoint
GRANT SELECT ON "ledger", "ledger_tile", "ledger_checkpoint" TO consentry_app;
--> statement-breakpoint
GRANT SELECT, INSERT ON "ledger_tile", "ledger_checkpoint" TO consentry_ledger;
--> statement-breakpoint
GRANT UPDATE ("hashes") ON "ledger_tile" TO consentry_ledger;
--> statement-breakpoint
GRANT SELECT ON "ledger" TO consentry_ledger;
--> statement-breakpoint
GRANT UPDATE ("sealed_below", "open_below", "after_id", "size") ON "ledger" TO consentry_ledger;
--> statement-breakpoint
GRANT SELECT ("id", "workspace_id", "gate_id", "seq", "channel", "contact_id", "contact_point_id", "sender_id", "purpose_id",
	"type", "occurred_at", "recorded_at", "method", "actor", "claimed", "lifts", "notice_id", "expires_at", "campaign_id",
	"suppression_kind", "commitment", "leaf", "head", "xid") ON "consent_event" TO consentry_ledger;
--> statement-breakpoint
GRANT SELECT ("id", "workspace_id", "head", "chain_length") ON "gate" TO consentry_ledger;
--> statement-breakpoint
CREATE POLICY ledger ON "consent_event" FOR SELECT TO consentry_ledger USING (true);
--> statement-breakpoint
CREATE POLICY ledger ON "gate" FOR SELECT TO consentry_ledger USING (true);
