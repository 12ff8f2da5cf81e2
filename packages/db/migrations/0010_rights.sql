CREATE TABLE "erasure" (
	"contact_id" uuid PRIMARY KEY NOT NULL,
	"workspace_id" uuid NOT NULL,
	"requested_at" timestamp with time zone NOT NULL,
	"actor" text NOT NULL,
	"shredded_at" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "stop_journal_entry" (
	"event_id" bigint PRIMARY KEY NOT NULL,
	"workspace_id" uuid NOT NULL
);
--> statement-breakpoint
CREATE TABLE "stop_journal_position" (
	"file" text PRIMARY KEY NOT NULL,
	"bytes" bigint NOT NULL
);
--> statement-breakpoint
CREATE TABLE "restored_stop" (
	"workspace_id" uuid NOT NULL,
	"leaf" "bytea" NOT NULL,
	"event_id" bigint NOT NULL,
	CONSTRAINT "restored_stop_workspace_id_leaf_pk" PRIMARY KEY("workspace_id","leaf")
);
--> statement-breakpoint

-- Tenancy for the new tables, as for the first ones.
DO $$
DECLARE
	name text;
BEGIN
	FOREACH name IN ARRAY ARRAY['erasure', 'stop_journal_entry', 'restored_stop']
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
GRANT SELECT, INSERT ON "erasure", "restored_stop" TO consentry_app;
--> statement-breakpoint
GRANT UPDATE ("shredded_at") ON "erasure" TO consentry_app;
--> statement-breakpoint
GRANT SELECT, INSERT ON "stop_journal_entry" TO consentry_app;
--> statement-breakpoint
GRANT SELECT, INSERT, UPDATE ON "stop_journal_position" TO consentry_app;
--> statement-breakpoint
-- What a person and a sender had to do with each other goes with the person.
GRANT DELETE ON "relationship" TO consentry_app;
--> statement-breakpoint

-- Every stop of a person gets into the journal, whoever writes it, in the transaction that records it.
CREATE FUNCTION journal_stop() RETURNS trigger LANGUAGE plpgsql AS
$$
BEGIN
	INSERT INTO stop_journal_entry (event_id, workspace_id) VALUES (NEW.id, NEW.workspace_id);
	RETURN NULL;
END
$$;
--> statement-breakpoint
CREATE TRIGGER journal_stop AFTER INSERT ON "consent_event"
	FOR EACH ROW WHEN (NEW.type IN ('withdrawn', 'refused', 'objected', 'suppressed'))
	EXECUTE FUNCTION journal_stop();
--> statement-breakpoint

-- The journal is written for all workspaces at once. It holds ids and keyed digests, nothing that names a person.
CREATE FUNCTION stop_journal_waiting(most int) RETURNS TABLE (event_id bigint, entry jsonb)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public AS
$$
	SELECT j.event_id, jsonb_build_object(
		'leaf', encode(e.leaf, 'hex'), 'workspaceId', e.workspace_id, 'channel', e.channel,
		'digests', (SELECT coalesce(jsonb_agg(jsonb_build_object('keyVersion', i.key_version,
			'digest', encode(i.digest, 'hex')) ORDER BY i.key_version), '[]')
			FROM gate_index i WHERE i.gate_id = e.gate_id),
		'type', e.type, 'suppressionKind', e.suppression_kind, 'contactId', e.contact_id,
		'senderId', e.sender_id, 'purposeId', e.purpose_id, 'campaignId', e.campaign_id, 'method', e.method,
		'occurredAt', to_char(e.occurred_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))
	FROM stop_journal_entry j JOIN consent_event e ON e.id = j.event_id
	ORDER BY j.event_id LIMIT most
$$;
--> statement-breakpoint
CREATE FUNCTION stop_journal_written(written bigint[]) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = public AS
$$ DELETE FROM stop_journal_entry WHERE event_id = ANY (written) $$;
--> statement-breakpoint
-- Erasures whose process ended before the person's key was destroyed.
CREATE FUNCTION unfinished_erasures() RETURNS TABLE (workspace_id uuid, contact_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public AS
$$
	SELECT workspace_id, contact_id FROM erasure
	WHERE shredded_at IS NULL AND requested_at < consentry_now() - interval '10 seconds'
$$;
