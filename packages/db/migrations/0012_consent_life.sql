CREATE TABLE "ledger_export" (
	"place" text PRIMARY KEY NOT NULL,
	"size" bigint NOT NULL,
	"written_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
GRANT SELECT ON "ledger_export" TO consentry_app;
--> statement-breakpoint
GRANT SELECT, INSERT ON "ledger_export" TO consentry_ledger;
--> statement-breakpoint
GRANT UPDATE ("size", "written_at") ON "ledger_export" TO consentry_ledger;
--> statement-breakpoint

-- How far sealing and the export are behind, over all workspaces: an age and a count, nobody's data. The oldest event is
-- taken in the order of sealing, so that one row is read however many wait.
CREATE FUNCTION ledger_figures() RETURNS jsonb LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public AS
$$
	SELECT jsonb_build_object(
		'sealingLagSeconds', coalesce((
			SELECT greatest(0, extract(epoch FROM consentry_now() - e.recorded_at))
			FROM consent_event e, ledger l
			WHERE e.xid >= l.sealed_below AND NOT (l.open_below IS NOT NULL AND e.xid < l.open_below AND e.id <= l.after_id)
			ORDER BY e.xid, e.id LIMIT 1), 0),
		'unexportedCheckpoints', (
			SELECT count(*) FROM ledger_checkpoint WHERE size > coalesce((SELECT max(size) FROM ledger_export), 0)))
$$;
--> statement-breakpoint
ALTER TABLE "sign_up" ADD COLUMN "renews" boolean DEFAULT false NOT NULL;
--> statement-breakpoint
-- A consent is asked to be renewed once: the key is the event that gave it.
CREATE TABLE "renewal" (
	"workspace_id" uuid NOT NULL,
	"event_id" bigint NOT NULL,
	"sign_up_id" uuid NOT NULL,
	"actor" text NOT NULL,
	"ordered_at" timestamp with time zone NOT NULL,
	CONSTRAINT "renewal_workspace_id_event_id_pk" PRIMARY KEY("workspace_id","event_id")
);
--> statement-breakpoint
CREATE INDEX "sign_up_by_message" ON "sign_up" USING btree ("message_id") WHERE message_id is not null;
--> statement-breakpoint

-- Tenancy for the new table, as for the first ones.
ALTER TABLE "renewal" ENABLE ROW LEVEL SECURITY;
--> statement-breakpoint
ALTER TABLE "renewal" FORCE ROW LEVEL SECURITY;
--> statement-breakpoint
CREATE POLICY own_workspace ON "renewal" TO consentry_app
	USING (workspace_id = (SELECT nullif(current_setting('consentry.workspace', true), '')::uuid));
--> statement-breakpoint
CREATE POLICY owner ON "renewal" TO CURRENT_USER USING (true);
--> statement-breakpoint
GRANT SELECT, INSERT ON "renewal" TO consentry_app;
