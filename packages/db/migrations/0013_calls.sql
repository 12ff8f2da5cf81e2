ALTER TABLE "campaign" ALTER COLUMN "content" DROP NOT NULL;--> statement-breakpoint
ALTER TABLE "campaign" ADD COLUMN "call_plan" jsonb;--> statement-breakpoint
ALTER TABLE "campaign" ADD COLUMN "script_version" integer;--> statement-breakpoint
CREATE TABLE "call_script" (
	"workspace_id" uuid NOT NULL,
	"campaign_id" uuid NOT NULL,
	"version" integer NOT NULL,
	"text" text NOT NULL,
	"actor" text NOT NULL,
	"created_at" timestamp with time zone NOT NULL,
	CONSTRAINT "call_script_campaign_id_version_pk" PRIMARY KEY("campaign_id","version")
);
--> statement-breakpoint
CREATE TABLE "call" (
	"id" uuid PRIMARY KEY NOT NULL,
	"workspace_id" uuid NOT NULL,
	"campaign_id" uuid NOT NULL,
	"month" date NOT NULL,
	"recipient_id" bigint NOT NULL,
	"gate_id" bigint NOT NULL,
	"contact_id" uuid NOT NULL,
	"agent" text NOT NULL,
	"state" text NOT NULL,
	"script_version" integer NOT NULL,
	"reserved_at" timestamp with time zone NOT NULL,
	"reserved_until" timestamp with time zone NOT NULL,
	"attempted_at" timestamp with time zone,
	"permit_id" uuid,
	"gate_version" bigint,
	"policy_epoch" bigint,
	"campaign_version" bigint,
	"dial_by" timestamp with time zone,
	"stop_reason" text,
	"dialled_at" timestamp with time zone,
	"seen_at" timestamp with time zone NOT NULL,
	"ended_at" timestamp with time zone,
	"outcome" text,
	"callback_at" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "calling_policy" (
	"workspace_id" uuid NOT NULL,
	"version" integer NOT NULL,
	"text" text NOT NULL,
	"actor" text NOT NULL,
	"created_at" timestamp with time zone NOT NULL,
	CONSTRAINT "calling_policy_workspace_id_version_pk" PRIMARY KEY("workspace_id","version")
);
--> statement-breakpoint
CREATE TABLE "calling_policy_acknowledgement" (
	"workspace_id" uuid NOT NULL,
	"version" integer NOT NULL,
	"agent" text NOT NULL,
	"at" timestamp with time zone NOT NULL,
	CONSTRAINT "calling_policy_acknowledgement_workspace_id_version_agent_pk" PRIMARY KEY("workspace_id","version","agent")
);
--> statement-breakpoint
CREATE UNIQUE INDEX "call_open_by_agent" ON "call" USING btree ("workspace_id","agent") WHERE ended_at is null;--> statement-breakpoint
CREATE UNIQUE INDEX "call_open_by_recipient" ON "call" USING btree ("recipient_id") WHERE ended_at is null;--> statement-breakpoint
CREATE INDEX "call_by_gate" ON "call" USING btree ("gate_id","attempted_at");--> statement-breakpoint
CREATE INDEX "call_by_contact" ON "call" USING btree ("contact_id","attempted_at");--> statement-breakpoint
CREATE INDEX "call_by_recipient" ON "call" USING btree ("recipient_id");--> statement-breakpoint
CREATE INDEX "call_open" ON "call" USING btree ("workspace_id","seen_at") WHERE ended_at is null;--> statement-breakpoint

-- Tenancy for the new tables, as for the first ones.
DO $$
DECLARE
	name text;
BEGIN
	FOREACH name IN ARRAY ARRAY['call_script', 'call', 'calling_policy', 'calling_policy_acknowledgement']
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
-- What was said and acknowledged is evidence: it is added to and never changed.
GRANT SELECT, INSERT ON "call_script", "calling_policy", "calling_policy_acknowledgement" TO consentry_app;
--> statement-breakpoint
GRANT SELECT, INSERT, UPDATE ON "call" TO consentry_app;
--> statement-breakpoint

-- A call's row in in_flight names the call where a message's names its worker. Whether a desk is alive is told by the
-- call itself, so that the sweeper of silent workers leaves calls alone.
CREATE OR REPLACE FUNCTION in_flight_sessions() RETURNS TABLE (workspace_id uuid, worker_session uuid, count bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public AS
$$
	SELECT f.workspace_id, f.worker_session, count(*) FROM in_flight f
	WHERE NOT EXISTS (SELECT 1 FROM call c WHERE c.id = f.worker_session) GROUP BY 1, 2
$$;
