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
ALTER TABLE "contact" ADD COLUMN "merged_into" uuid;
--> statement-breakpoint
CREATE INDEX "contact_by_merged_into" ON "contact" USING btree ("merged_into") WHERE merged_into is not null;
--> statement-breakpoint
CREATE TABLE "retention_policy" (
	"workspace_id" uuid NOT NULL,
	"data_class" text NOT NULL,
	"days" integer NOT NULL,
	"updated_at" timestamp with time zone NOT NULL,
	CONSTRAINT "retention_policy_workspace_id_data_class_pk" PRIMARY KEY("workspace_id","data_class")
);
--> statement-breakpoint
CREATE TABLE "retention_run" (
	"id" uuid PRIMARY KEY NOT NULL,
	"workspace_id" uuid NOT NULL,
	"ran_at" timestamp with time zone NOT NULL,
	"removed" jsonb NOT NULL
);
--> statement-breakpoint
CREATE INDEX "retention_run_by_workspace" ON "retention_run" USING btree ("workspace_id","ran_at");--> statement-breakpoint
CREATE TABLE "privacy_request" (
	"id" uuid PRIMARY KEY NOT NULL,
	"workspace_id" uuid NOT NULL,
	"sender_id" uuid NOT NULL,
	"contact_id" uuid,
	"gate_id" bigint,
	"kind" text NOT NULL,
	"law" text NOT NULL,
	"state" text NOT NULL,
	"language" text NOT NULL,
	"by_agent" boolean NOT NULL,
	"sealed" "bytea",
	"received_at" timestamp with time zone NOT NULL,
	"link_until" timestamp with time zone NOT NULL,
	"verified_at" timestamp with time zone,
	"answer_by" timestamp with time zone NOT NULL,
	"confirm_by" timestamp with time zone,
	"extended_by" timestamp with time zone,
	"extended_at" timestamp with time zone,
	"closed_at" timestamp with time zone
);
--> statement-breakpoint
CREATE INDEX "privacy_request_by_contact" ON "privacy_request" USING btree ("contact_id");--> statement-breakpoint
CREATE INDEX "privacy_request_open" ON "privacy_request" USING btree ("workspace_id","answer_by") WHERE closed_at is null;--> statement-breakpoint

-- Tenancy for the new tables, as for the first ones.
DO $$
DECLARE
	name text;
BEGIN
	FOREACH name IN ARRAY ARRAY['erasure', 'stop_journal_entry', 'restored_stop', 'privacy_request', 'retention_policy', 'retention_run']
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
GRANT SELECT, INSERT, UPDATE ON "privacy_request", "retention_policy" TO consentry_app;
--> statement-breakpoint
GRANT SELECT, INSERT ON "retention_run" TO consentry_app;
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
-- Whose privacy page this is has to be known before its workspace is.
CREATE FUNCTION sender_workspace(wanted uuid) RETURNS uuid LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public AS
$$ SELECT workspace_id FROM sender WHERE id = wanted $$;
--> statement-breakpoint
-- Erasures whose process ended before the person's key was destroyed.
CREATE FUNCTION unfinished_erasures() RETURNS TABLE (workspace_id uuid, contact_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public AS
$$
	SELECT workspace_id, contact_id FROM erasure
	WHERE shredded_at IS NULL AND requested_at < consentry_now() - interval '10 seconds'
$$;
--> statement-breakpoint
-- The workspaces whose retention has not run for a day, by the gate's clock.
CREATE FUNCTION workspaces_to_retain() RETURNS SETOF uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public AS
$$
	SELECT w.id FROM workspace w WHERE w.created_at < consentry_now() - interval '1 day' AND NOT EXISTS (
		SELECT 1 FROM retention_run r WHERE r.workspace_id = w.id AND r.ran_at > consentry_now() - interval '1 day')
$$;
--> statement-breakpoint
-- Which months of recipients and decisions no workspace wants any more. A month is one partition for all of them, so the
-- longest wish counts; what nobody has set is five years.
CREATE FUNCTION months_past_retention(days_default int) RETURNS SETOF date
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public AS
$$
	SELECT to_date(right(c.relname, 7), 'YYYY_MM') FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
	WHERE i.inhparent = 'recipient'::regclass AND c.relname ~ '^recipient_[0-9]{4}_[0-9]{2}$'
		AND to_date(right(c.relname, 7), 'YYYY_MM') + interval '1 month' < consentry_now() - make_interval(days =>
			greatest(days_default, (SELECT coalesce(max(days), 0) FROM retention_policy WHERE data_class = 'contact-history')))
	ORDER BY 1
$$;
--> statement-breakpoint
-- Drops such a month; the caller cannot name one that is still wanted.
CREATE FUNCTION drop_past_month(wanted date, days_default int) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS
$$
BEGIN
	IF wanted NOT IN (SELECT * FROM months_past_retention(greatest(days_default, 1827))) THEN
		RAISE EXCEPTION 'the month % is still to be kept', wanted USING ERRCODE = 'integrity_constraint_violation';
	END IF;
	EXECUTE format('DROP TABLE IF EXISTS %I', 'recipient_' || to_char(wanted, 'YYYY_MM'));
	EXECUTE format('DROP TABLE IF EXISTS %I', 'decision_' || to_char(wanted, 'YYYY_MM'));
END
$$;
