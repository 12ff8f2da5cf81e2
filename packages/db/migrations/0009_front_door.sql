CREATE TABLE "contact_preference" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "contact_preference_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"workspace_id" uuid NOT NULL,
	"contact_id" uuid NOT NULL,
	"paused_until" timestamp with time zone,
	"cap_max" integer,
	"cap_window_hours" integer,
	"created_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "form" (
	"id" uuid PRIMARY KEY NOT NULL,
	"workspace_id" uuid NOT NULL,
	"sender_id" uuid NOT NULL,
	"name" text NOT NULL,
	"offers" jsonb NOT NULL,
	"asks_name" boolean NOT NULL,
	"asks_phone" boolean NOT NULL,
	"is_active" boolean NOT NULL,
	"created_at" timestamp with time zone NOT NULL,
	"updated_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "rate_limit" (
	"key" varchar(255) PRIMARY KEY NOT NULL,
	"points" integer DEFAULT 0 NOT NULL,
	"expire" bigint
);
--> statement-breakpoint
CREATE TABLE "service_message" (
	"id" uuid PRIMARY KEY NOT NULL,
	"workspace_id" uuid NOT NULL,
	"sender_id" uuid NOT NULL,
	"kind" text NOT NULL,
	"language" text NOT NULL,
	"gate_id" bigint NOT NULL,
	"contact_id" uuid,
	"sealed" "bytea",
	"state" text NOT NULL,
	"reason" text,
	"day" date NOT NULL,
	"not_before" timestamp with time zone NOT NULL,
	"attempts" smallint DEFAULT 0 NOT NULL,
	"worker_session" uuid,
	"queue_id" text,
	"created_at" timestamp with time zone NOT NULL,
	"ended_at" timestamp with time zone,
	CONSTRAINT "service_message_daily" UNIQUE("workspace_id","gate_id","kind","day")
);
--> statement-breakpoint
CREATE TABLE "sign_up" (
	"id" uuid PRIMARY KEY NOT NULL,
	"workspace_id" uuid NOT NULL,
	"form_id" uuid,
	"sender_id" uuid NOT NULL,
	"contact_id" uuid NOT NULL,
	"contact_point_id" uuid NOT NULL,
	"gate_id" bigint NOT NULL,
	"language" text NOT NULL,
	"wishes" jsonb NOT NULL,
	"sealed" "bytea",
	"message_id" uuid,
	"made_contact" boolean NOT NULL,
	"created_at" timestamp with time zone NOT NULL,
	"expires_at" timestamp with time zone NOT NULL,
	"confirmed_at" timestamp with time zone,
	"purged_at" timestamp with time zone
);
--> statement-breakpoint
ALTER TABLE "in_flight" ALTER COLUMN "campaign_id" DROP NOT NULL;--> statement-breakpoint
ALTER TABLE "in_flight" ALTER COLUMN "month" DROP NOT NULL;--> statement-breakpoint
ALTER TABLE "in_flight" ALTER COLUMN "recipient_id" DROP NOT NULL;--> statement-breakpoint
CREATE INDEX "contact_preference_by_contact" ON "contact_preference" USING btree ("contact_id","id");--> statement-breakpoint
CREATE INDEX "service_message_queued" ON "service_message" USING btree ("workspace_id","not_before") WHERE state = 'queued';--> statement-breakpoint
CREATE INDEX "service_message_by_contact" ON "service_message" USING btree ("contact_id");--> statement-breakpoint
CREATE INDEX "sign_up_by_contact" ON "sign_up" USING btree ("contact_id");--> statement-breakpoint
CREATE INDEX "sign_up_open" ON "sign_up" USING btree ("created_at") WHERE confirmed_at is null and purged_at is null;--> statement-breakpoint

-- Tenancy for the new tables, as for the first ones.
DO $$
DECLARE
	name text;
BEGIN
	FOREACH name IN ARRAY ARRAY['service_message', 'form', 'sign_up', 'contact_preference']
	LOOP
		EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
		EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
		EXECUTE format('CREATE POLICY own_workspace ON %I TO consentry_app
			USING (workspace_id = (SELECT nullif(current_setting(''consentry.workspace'', true), '''')::uuid))', name);
		EXECUTE format('CREATE POLICY owner ON %I TO CURRENT_USER USING (true)', name);
		EXECUTE format('GRANT SELECT, INSERT, UPDATE ON %I TO consentry_app', name);
	END LOOP;
END
$$;
--> statement-breakpoint
REVOKE UPDATE ON "contact_preference" FROM consentry_app;--> statement-breakpoint
-- Counters belong to no workspace: an address is limited before it is known whose form it is.
GRANT SELECT, INSERT, UPDATE, DELETE ON "rate_limit" TO consentry_app;--> statement-breakpoint
GRANT USAGE ON SEQUENCE "contact_preference_id_seq" TO consentry_app;--> statement-breakpoint

-- What was queued is sent once: a message that left the queue for good never goes back.
CREATE FUNCTION service_message_guard() RETURNS trigger LANGUAGE plpgsql AS
$$
BEGIN
	IF NEW.state <> OLD.state AND OLD.state IN ('sent', 'failed', 'unconfirmed') THEN
		RAISE EXCEPTION 'a service message cannot go from % to %', OLD.state, NEW.state
			USING ERRCODE = 'integrity_constraint_violation';
	END IF;
	RETURN NEW;
END
$$;
--> statement-breakpoint
CREATE TRIGGER service_message_guard BEFORE UPDATE ON "service_message"
	FOR EACH ROW EXECUTE FUNCTION service_message_guard();
--> statement-breakpoint

-- Whose form this is has to be known before its workspace is.
CREATE FUNCTION form_workspace(wanted uuid) RETURNS uuid LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public AS
$$ SELECT workspace_id FROM form WHERE id = wanted $$;
--> statement-breakpoint
CREATE FUNCTION workspaces_with_service_mail() RETURNS SETOF uuid LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public AS
$$ SELECT DISTINCT workspace_id FROM service_message WHERE state = 'queued' AND not_before <= consentry_now() $$;
--> statement-breakpoint
CREATE FUNCTION workspaces_with_old_sign_ups(made_before timestamptz) RETURNS SETOF uuid LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public AS
$$ SELECT DISTINCT workspace_id FROM sign_up WHERE confirmed_at IS NULL AND purged_at IS NULL AND created_at < made_before $$;
