-- The clock. Everything that decides reads consentry_now(): the server's clock plus an offset that only the
-- test role may set, so that days and changes of daylight saving time can be simulated.
CREATE TABLE "test_clock" (
	"only_row" boolean PRIMARY KEY DEFAULT true CHECK ("only_row"),
	"clock_offset" interval NOT NULL DEFAULT '0'
);
--> statement-breakpoint
INSERT INTO "test_clock" DEFAULT VALUES;
--> statement-breakpoint
CREATE FUNCTION consentry_now() RETURNS timestamptz LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public AS
$$ SELECT statement_timestamp() + clock_offset FROM test_clock $$;
--> statement-breakpoint

-- Partitions by month are made ahead of need. The app role owns no table, so it asks through this function.
CREATE FUNCTION ensure_month(wanted date) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS
$$
DECLARE
	first date := date_trunc('month', wanted)::date;
	past date := (date_trunc('month', wanted) + interval '1 month')::date;
	suffix text := to_char(first, 'YYYY_MM');
BEGIN
	IF to_regclass('recipient_' || suffix) IS NULL OR to_regclass('decision_' || suffix) IS NULL THEN
		PERFORM pg_advisory_xact_lock(hashtext('consentry ensure_month'));
		-- A low fill factor leaves room for heap-only updates: a recipient changes state four times.
		EXECUTE format('CREATE TABLE IF NOT EXISTS %I PARTITION OF recipient FOR VALUES FROM (%L) TO (%L) WITH (fillfactor = 50)',
			'recipient_' || suffix, first, past);
		EXECUTE format('CREATE TABLE IF NOT EXISTS %I PARTITION OF decision FOR VALUES FROM (%L) TO (%L)',
			'decision_' || suffix, first, past);
	END IF;
END
$$;
--> statement-breakpoint

-- A consent event without a bump of its gate row in the same transaction would be invisible to permits already given.
CREATE FUNCTION consent_event_needs_bump() RETURNS trigger LANGUAGE plpgsql AS
$$
BEGIN
	PERFORM 1 FROM gate
	WHERE id = NEW.gate_id AND workspace_id = NEW.workspace_id
		AND bumped_by = pg_current_xact_id() AND version = NEW.gate_version;
	IF NOT FOUND THEN
		RAISE EXCEPTION 'consent event for gate row % without a bump of its version in the same transaction', NEW.gate_id
			USING ERRCODE = 'integrity_constraint_violation';
	END IF;
	RETURN NEW;
END
$$;
--> statement-breakpoint
CREATE TRIGGER consent_event_bump BEFORE INSERT ON "consent_event"
	FOR EACH ROW EXECUTE FUNCTION consent_event_needs_bump();
--> statement-breakpoint

-- The same for suppressions: every new or lifted entry changes an answer.
CREATE FUNCTION suppression_needs_bump() RETURNS trigger LANGUAGE plpgsql AS
$$
BEGIN
	PERFORM 1 FROM gate WHERE id = NEW.gate_id AND bumped_by = pg_current_xact_id();
	IF NOT FOUND THEN
		RAISE EXCEPTION 'suppression for gate row % without a bump of its version in the same transaction', NEW.gate_id
			USING ERRCODE = 'integrity_constraint_violation';
	END IF;
	RETURN NEW;
END
$$;
--> statement-breakpoint
CREATE TRIGGER suppression_bump BEFORE INSERT OR UPDATE ON "suppression"
	FOR EACH ROW EXECUTE FUNCTION suppression_needs_bump();
--> statement-breakpoint

-- Whose recipient is a duplicate of whose, the month and the campaign never change; terminal states stay, but for
-- unconfirmed, which evidence or an operator resolves.
CREATE FUNCTION recipient_guard() RETURNS trigger LANGUAGE plpgsql AS
$$
BEGIN
	IF NEW.month <> OLD.month OR NEW.campaign_id <> OLD.campaign_id OR NEW.gate_id <> OLD.gate_id
		OR NEW.duplicate_of IS DISTINCT FROM OLD.duplicate_of THEN
		RAISE EXCEPTION 'the month, campaign, gate row and duplicate mark of a recipient never change'
			USING ERRCODE = 'integrity_constraint_violation';
	END IF;
	IF NEW.state <> OLD.state AND (OLD.state IN ('contacted', 'failed', 'blocked', 'cancelled')
		OR (OLD.state = 'unconfirmed' AND NEW.state NOT IN ('contacted', 'failed'))
		OR (NEW.state = 'redeemed' AND OLD.state <> 'permitted')) THEN
		RAISE EXCEPTION 'a recipient cannot go from % to %', OLD.state, NEW.state
			USING ERRCODE = 'integrity_constraint_violation';
	END IF;
	RETURN NEW;
END
$$;
--> statement-breakpoint
CREATE TRIGGER recipient_guard BEFORE UPDATE ON "recipient"
	FOR EACH ROW EXECUTE FUNCTION recipient_guard();
--> statement-breakpoint

-- Roles. The owner (whoever runs migrations) makes tables; the app role works with them and can neither change
-- nor delete what was recorded; the test role may move the clock.
DO $$
BEGIN
	IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'consentry_app') THEN CREATE ROLE consentry_app NOLOGIN; END IF;
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
END
$$;
--> statement-breakpoint
DO $$
BEGIN
	IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'consentry_test') THEN CREATE ROLE consentry_test NOLOGIN; END IF;
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
END
$$;
--> statement-breakpoint
GRANT consentry_app, consentry_test TO CURRENT_USER;
--> statement-breakpoint
GRANT USAGE ON SCHEMA public TO consentry_app, consentry_test;
--> statement-breakpoint
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO consentry_app;
--> statement-breakpoint
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO consentry_app;
--> statement-breakpoint
REVOKE INSERT, UPDATE, DELETE ON "test_clock" FROM consentry_app;
--> statement-breakpoint
REVOKE UPDATE, DELETE ON "consent_event", "decision", "audit_entry", "notice", "stop_entry", "late_contact" FROM consentry_app;
--> statement-breakpoint
REVOKE UPDATE, DELETE ON "suppression" FROM consentry_app;
--> statement-breakpoint
GRANT UPDATE ("lifted_by_event_id") ON "suppression" TO consentry_app;
--> statement-breakpoint
REVOKE DELETE ON "recipient", "campaign", "gate", "contact", "contact_point", "workspace" FROM consentry_app;
--> statement-breakpoint
GRANT SELECT, UPDATE ON "test_clock" TO consentry_test;
--> statement-breakpoint

-- Tenancy: every table with a workspace_id shows and takes only rows of the transaction's workspace.
DO $$
DECLARE
	name text;
BEGIN
	FOR name IN
		SELECT c.relname FROM pg_class c
		JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'workspace_id' AND NOT a.attisdropped
		WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
	LOOP
		EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
		EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
		EXECUTE format('CREATE POLICY own_workspace ON %I TO consentry_app
			USING (workspace_id = (SELECT nullif(current_setting(''consentry.workspace'', true), '''')::uuid))', name);
		-- The owner runs migrations and the few functions below that look across workspaces.
		EXECUTE format('CREATE POLICY owner ON %I TO CURRENT_USER USING (true)', name);
	END LOOP;
END
$$;
--> statement-breakpoint

-- Before a workspace is known there are three questions: which key is this, where does this user belong, and
-- which tables stand in which workspace at all.
CREATE FUNCTION api_key_by_id(wanted text) RETURNS SETOF api_key LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public AS
$$ SELECT * FROM api_key WHERE id = wanted $$;
--> statement-breakpoint
CREATE FUNCTION memberships_of(wanted text) RETURNS SETOF member LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public AS
$$ SELECT * FROM member WHERE user_id = wanted $$;
--> statement-breakpoint
-- Health figures over all workspaces: counts only, for /metrics and the sweeper.
CREATE FUNCTION in_flight_sessions() RETURNS TABLE (workspace_id uuid, worker_session uuid, count bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public AS
$$ SELECT workspace_id, worker_session, count(*) FROM in_flight GROUP BY 1, 2 $$;
--> statement-breakpoint
CREATE FUNCTION workspaces_with_open_campaigns() RETURNS SETOF uuid LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public AS
$$ SELECT DISTINCT workspace_id FROM campaign WHERE state IN ('scheduled', 'planning', 'sending', 'paused') OR (state = 'cancelled' AND finished_at IS NULL) $$;
