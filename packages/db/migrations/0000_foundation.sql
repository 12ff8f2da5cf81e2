CREATE TABLE "account" (
	"id" text PRIMARY KEY NOT NULL,
	"account_id" text NOT NULL,
	"provider_id" text NOT NULL,
	"user_id" text NOT NULL,
	"access_token" text,
	"refresh_token" text,
	"id_token" text,
	"access_token_expires_at" timestamp with time zone,
	"refresh_token_expires_at" timestamp with time zone,
	"scope" text,
	"password" text,
	"created_at" timestamp with time zone NOT NULL,
	"updated_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "session" (
	"id" text PRIMARY KEY NOT NULL,
	"expires_at" timestamp with time zone NOT NULL,
	"token" text NOT NULL,
	"created_at" timestamp with time zone NOT NULL,
	"updated_at" timestamp with time zone NOT NULL,
	"ip_address" text,
	"user_agent" text,
	"user_id" text NOT NULL,
	CONSTRAINT "session_token_unique" UNIQUE("token")
);
--> statement-breakpoint
CREATE TABLE "user" (
	"id" text PRIMARY KEY NOT NULL,
	"name" text NOT NULL,
	"email" text NOT NULL,
	"email_verified" boolean DEFAULT false NOT NULL,
	"image" text,
	"created_at" timestamp with time zone NOT NULL,
	"updated_at" timestamp with time zone NOT NULL,
	CONSTRAINT "user_email_unique" UNIQUE("email")
);
--> statement-breakpoint
CREATE TABLE "verification" (
	"id" text PRIMARY KEY NOT NULL,
	"identifier" text NOT NULL,
	"value" text NOT NULL,
	"expires_at" timestamp with time zone NOT NULL,
	"created_at" timestamp with time zone NOT NULL,
	"updated_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "campaign" (
	"id" uuid PRIMARY KEY NOT NULL,
	"workspace_id" uuid NOT NULL,
	"name" text NOT NULL,
	"channel" text NOT NULL,
	"sender_id" uuid NOT NULL,
	"purpose_id" uuid NOT NULL,
	"state" text NOT NULL,
	"version" bigint DEFAULT 1 NOT NULL,
	"audience" jsonb NOT NULL,
	"content" jsonb NOT NULL,
	"rate_per_second" numeric,
	"frequency_cap_max" integer,
	"frequency_cap_window_hours" integer,
	"scheduled_at" timestamp with time zone,
	"ends_at" timestamp with time zone,
	"month" date,
	"started_at" timestamp with time zone,
	"finished_at" timestamp with time zone,
	"created_at" timestamp with time zone NOT NULL,
	"updated_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "campaign_pace" (
	"campaign_id" uuid PRIMARY KEY NOT NULL,
	"workspace_id" uuid NOT NULL,
	"next_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "campaign_plan" (
	"campaign_id" uuid PRIMARY KEY NOT NULL,
	"workspace_id" uuid NOT NULL,
	"recipients" integer DEFAULT 0 NOT NULL,
	"started_at" timestamp with time zone NOT NULL,
	"planned_at" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "campaign_slice" (
	"workspace_id" uuid NOT NULL,
	"campaign_id" uuid NOT NULL,
	"slice" integer NOT NULL,
	"size" integer NOT NULL,
	"done_at" timestamp with time zone,
	"tally" jsonb,
	"rung_at" timestamp with time zone,
	"next_at" timestamp with time zone,
	CONSTRAINT "campaign_slice_campaign_id_slice_pk" PRIMARY KEY("campaign_id","slice")
);
--> statement-breakpoint
CREATE TABLE "decision" (
	"month" date NOT NULL,
	"id" bigint GENERATED ALWAYS AS IDENTITY (sequence name "decision_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"workspace_id" uuid NOT NULL,
	"campaign_id" uuid NOT NULL,
	"recipient_id" bigint NOT NULL,
	"gate_id" bigint NOT NULL,
	"verdict" text NOT NULL,
	"reason" text NOT NULL,
	"until" timestamp with time zone,
	"failing" text[] NOT NULL,
	"not_checked" text[] NOT NULL,
	"ruleset" text NOT NULL,
	"gate_version" bigint NOT NULL,
	"policy_epoch" bigint NOT NULL,
	"evidence_event_id" bigint,
	"inline" boolean NOT NULL,
	"decided_at" timestamp with time zone NOT NULL,
	CONSTRAINT "decision_month_id_pk" PRIMARY KEY("month","id")
) PARTITION BY RANGE ("month");
--> statement-breakpoint
CREATE TABLE "in_flight" (
	"permit_id" uuid PRIMARY KEY NOT NULL,
	"workspace_id" uuid NOT NULL,
	"gate_id" bigint NOT NULL,
	"campaign_id" uuid NOT NULL,
	"month" date NOT NULL,
	"recipient_id" bigint NOT NULL,
	"worker_session" uuid NOT NULL,
	"redeemed_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "late_contact" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "late_contact_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"workspace_id" uuid NOT NULL,
	"campaign_id" uuid NOT NULL,
	"recipient_id" bigint NOT NULL,
	"stop_entry_id" bigint NOT NULL,
	"detected_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "recipient" (
	"month" date NOT NULL,
	"id" bigint GENERATED ALWAYS AS IDENTITY (sequence name "recipient_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"workspace_id" uuid NOT NULL,
	"campaign_id" uuid NOT NULL,
	"slice" integer NOT NULL,
	"contact_id" uuid NOT NULL,
	"contact_point_id" uuid NOT NULL,
	"gate_id" bigint NOT NULL,
	"duplicate_of" bigint,
	"state" text NOT NULL,
	"reason" text,
	"decision_id" bigint,
	"permit_id" uuid,
	"permit_gate_version" bigint,
	"permit_policy_epoch" bigint,
	"permit_campaign_version" bigint,
	"permit_expires_at" timestamp with time zone,
	"worker_session" uuid,
	"not_before" timestamp with time zone,
	"attempts" smallint DEFAULT 0 NOT NULL,
	"aborts" smallint DEFAULT 0 NOT NULL,
	"redeemed_at" timestamp with time zone,
	"ended_at" timestamp with time zone,
	"reply" text,
	"queue_id" text,
	CONSTRAINT "recipient_month_id_pk" PRIMARY KEY("month","id")
) PARTITION BY RANGE ("month");
--> statement-breakpoint
CREATE TABLE "worker_session" (
	"id" uuid PRIMARY KEY NOT NULL,
	"started_at" timestamp with time zone NOT NULL,
	"heartbeat_at" timestamp with time zone NOT NULL,
	"ended_at" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "consent_event" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "consent_event_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"workspace_id" uuid NOT NULL,
	"gate_id" bigint NOT NULL,
	"seq" bigint NOT NULL,
	"gate_version" bigint NOT NULL,
	"contact_id" uuid,
	"contact_point_id" uuid,
	"channel" text NOT NULL,
	"sender_id" uuid,
	"purpose_id" uuid,
	"type" text NOT NULL,
	"occurred_at" timestamp with time zone NOT NULL,
	"recorded_at" timestamp with time zone NOT NULL,
	"method" text NOT NULL,
	"actor" text NOT NULL,
	"claimed" boolean NOT NULL,
	"lifts" boolean DEFAULT false NOT NULL,
	"notice_id" uuid,
	"expires_at" timestamp with time zone,
	"campaign_id" uuid,
	"suppression_kind" text,
	"evidence" "bytea",
	"commitment" "bytea" NOT NULL,
	"leaf" "bytea" NOT NULL,
	"head" "bytea" NOT NULL,
	CONSTRAINT "consent_event_chain" UNIQUE("gate_id","seq")
);
--> statement-breakpoint
CREATE TABLE "stop_entry" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "stop_entry_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"workspace_id" uuid NOT NULL,
	"kind" text NOT NULL,
	"gate_id" bigint,
	"contact_id" uuid,
	"campaign_id" uuid,
	"purpose_id" uuid,
	"requested_at" timestamp with time zone NOT NULL,
	"acknowledged_at" timestamp with time zone NOT NULL,
	"waited_ms" integer NOT NULL,
	"barrier_waited_ms" integer NOT NULL,
	"in_flight" integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE "suppression" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "suppression_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"workspace_id" uuid NOT NULL,
	"gate_id" bigint NOT NULL,
	"kind" text NOT NULL,
	"sender_id" uuid,
	"contact_id" uuid,
	"at" timestamp with time zone NOT NULL,
	"event_id" bigint NOT NULL,
	"lifted_by_event_id" bigint
);
--> statement-breakpoint
CREATE TABLE "undo_nonce" (
	"nonce_hash" "bytea" PRIMARY KEY NOT NULL,
	"workspace_id" uuid NOT NULL,
	"gate_id" bigint NOT NULL,
	"event_ids" bigint[] NOT NULL,
	"expires_at" timestamp with time zone NOT NULL,
	"used_at" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "contact" (
	"id" uuid PRIMARY KEY NOT NULL,
	"workspace_id" uuid NOT NULL,
	"wrapped_key" "bytea",
	"identity" "bytea",
	"attributes" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"country" text,
	"region" text,
	"language" text,
	"party" text DEFAULT 'consumer' NOT NULL,
	"age" integer,
	"restricted_since" timestamp with time zone,
	"erased_at" timestamp with time zone,
	"created_at" timestamp with time zone NOT NULL,
	"updated_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "contact_point" (
	"id" uuid PRIMARY KEY NOT NULL,
	"workspace_id" uuid NOT NULL,
	"contact_id" uuid NOT NULL,
	"channel" text NOT NULL,
	"gate_id" bigint NOT NULL,
	"is_primary" boolean NOT NULL,
	"created_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "gate" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "gate_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"workspace_id" uuid NOT NULL,
	"channel" text NOT NULL,
	"version" bigint DEFAULT 1 NOT NULL,
	"bumped_by" "xid8",
	"head" "bytea" NOT NULL,
	"chain_length" bigint DEFAULT 0 NOT NULL
);
--> statement-breakpoint
CREATE TABLE "gate_index" (
	"workspace_id" uuid NOT NULL,
	"key_version" text NOT NULL,
	"digest" "bytea" NOT NULL,
	"gate_id" bigint NOT NULL,
	CONSTRAINT "gate_index_workspace_id_digest_key_version_pk" PRIMARY KEY("workspace_id","digest","key_version")
);
--> statement-breakpoint
CREATE TABLE "name_index" (
	"workspace_id" uuid NOT NULL,
	"key_version" text NOT NULL,
	"digest" "bytea" NOT NULL,
	"contact_id" uuid NOT NULL,
	CONSTRAINT "name_index_workspace_id_digest_key_version_contact_id_pk" PRIMARY KEY("workspace_id","digest","key_version","contact_id")
);
--> statement-breakpoint
CREATE TABLE "point_index" (
	"workspace_id" uuid NOT NULL,
	"key_version" text NOT NULL,
	"digest" "bytea" NOT NULL,
	"contact_point_id" uuid NOT NULL,
	CONSTRAINT "point_index_workspace_id_digest_key_version_contact_point_id_pk" PRIMARY KEY("workspace_id","digest","key_version","contact_point_id")
);
--> statement-breakpoint
CREATE TABLE "contact_import" (
	"id" uuid PRIMARY KEY NOT NULL,
	"workspace_id" uuid NOT NULL,
	"state" text NOT NULL,
	"mapping" jsonb NOT NULL,
	"actor" text NOT NULL,
	"wrapped_key" "bytea",
	"rows" integer DEFAULT 0 NOT NULL,
	"merged_rows" integer DEFAULT 0 NOT NULL,
	"created" integer DEFAULT 0 NOT NULL,
	"updated" integer DEFAULT 0 NOT NULL,
	"unchanged" integer DEFAULT 0 NOT NULL,
	"refused" integer DEFAULT 0 NOT NULL,
	"refused_by_reason" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"consent_raised" integer DEFAULT 0 NOT NULL,
	"consent_lowered" integer DEFAULT 0 NOT NULL,
	"consent_requested" integer DEFAULT 0 NOT NULL,
	"problem" text,
	"created_at" timestamp with time zone NOT NULL,
	"finished_at" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "import_refusal" (
	"workspace_id" uuid NOT NULL,
	"import_id" uuid NOT NULL,
	"row" integer NOT NULL,
	"column" text NOT NULL,
	"reason" text NOT NULL,
	"sealed" "bytea" NOT NULL,
	"refused_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "import_row" (
	"workspace_id" uuid NOT NULL,
	"import_id" uuid NOT NULL,
	"row" integer NOT NULL,
	"sealed" "bytea" NOT NULL,
	CONSTRAINT "import_row_import_id_row_pk" PRIMARY KEY("import_id","row")
);
--> statement-breakpoint
CREATE TABLE "notice" (
	"id" uuid PRIMARY KEY NOT NULL,
	"workspace_id" uuid NOT NULL,
	"purpose_id" uuid NOT NULL,
	"channel" text NOT NULL,
	"version" text NOT NULL,
	"language" text NOT NULL,
	"wording" text NOT NULL,
	"hash" "bytea" NOT NULL,
	"created_at" timestamp with time zone NOT NULL,
	CONSTRAINT "notice_version" UNIQUE("workspace_id","purpose_id","channel","version","language")
);
--> statement-breakpoint
CREATE TABLE "purpose" (
	"id" uuid PRIMARY KEY NOT NULL,
	"workspace_id" uuid NOT NULL,
	"sender_id" uuid NOT NULL,
	"key" text NOT NULL,
	"name" text NOT NULL,
	"description" text NOT NULL,
	"dpv_term" text DEFAULT 'dpv:DirectMarketing' NOT NULL,
	"kind" text DEFAULT 'marketing' NOT NULL,
	"consent_lifetime_days" integer,
	"created_at" timestamp with time zone NOT NULL,
	CONSTRAINT "purpose_key" UNIQUE("workspace_id","sender_id","key")
);
--> statement-breakpoint
CREATE TABLE "sender" (
	"id" uuid PRIMARY KEY NOT NULL,
	"workspace_id" uuid NOT NULL,
	"key" text NOT NULL,
	"name" text NOT NULL,
	"postal_address" text NOT NULL,
	"from_name" text NOT NULL,
	"from_address" text NOT NULL,
	"reply_to" text,
	"caller_id" text,
	"legal_basis" text DEFAULT 'consent-only' NOT NULL,
	"dkim_domain" text,
	"dkim_selector" text,
	"dkim_key" "bytea",
	"created_at" timestamp with time zone NOT NULL,
	"updated_at" timestamp with time zone NOT NULL,
	CONSTRAINT "sender_key" UNIQUE("workspace_id","key")
);
--> statement-breakpoint
CREATE TABLE "api_key" (
	"id" text PRIMARY KEY NOT NULL,
	"workspace_id" uuid NOT NULL,
	"name" text NOT NULL,
	"scopes" text[] NOT NULL,
	"secret_hash" "bytea" NOT NULL,
	"created_at" timestamp with time zone NOT NULL,
	"last_used_at" timestamp with time zone,
	"revoked_at" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "audit_entry" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "audit_entry_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"workspace_id" uuid NOT NULL,
	"actor" text NOT NULL,
	"action" text NOT NULL,
	"subject" text NOT NULL,
	"detail" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "idempotency_entry" (
	"workspace_id" uuid NOT NULL,
	"api_key_id" text NOT NULL,
	"key" text NOT NULL,
	"request_hash" "bytea" NOT NULL,
	"status" integer,
	"response" "bytea",
	"created_at" timestamp with time zone NOT NULL,
	CONSTRAINT "idempotency_entry_workspace_id_api_key_id_key_pk" PRIMARY KEY("workspace_id","api_key_id","key")
);
--> statement-breakpoint
CREATE TABLE "member" (
	"workspace_id" uuid NOT NULL,
	"user_id" text NOT NULL,
	"role" text NOT NULL,
	"created_at" timestamp with time zone NOT NULL,
	CONSTRAINT "member_workspace_id_user_id_pk" PRIMARY KEY("workspace_id","user_id")
);
--> statement-breakpoint
CREATE TABLE "stop_mark" (
	"workspace_id" uuid NOT NULL,
	"scope" text NOT NULL,
	"scope_id" uuid NOT NULL,
	"stopping" boolean NOT NULL,
	"marked_at" timestamp with time zone NOT NULL,
	CONSTRAINT "stop_mark_workspace_id_scope_scope_id_pk" PRIMARY KEY("workspace_id","scope","scope_id")
);
--> statement-breakpoint
CREATE TABLE "workspace" (
	"id" uuid PRIMARY KEY NOT NULL,
	"name" text NOT NULL,
	"policy_epoch" bigint DEFAULT 1 NOT NULL,
	"frozen_at" timestamp with time zone,
	"created_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
ALTER TABLE "account" ADD CONSTRAINT "account_user_id_user_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."user"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "session" ADD CONSTRAINT "session_user_id_user_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."user"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "campaign_by_workspace" ON "campaign" USING btree ("workspace_id","created_at");--> statement-breakpoint
CREATE INDEX "campaign_slice_open" ON "campaign_slice" USING btree ("workspace_id","done_at");--> statement-breakpoint
CREATE INDEX "decision_by_recipient" ON "decision" USING btree ("recipient_id");--> statement-breakpoint
CREATE INDEX "decision_by_campaign" ON "decision" USING btree ("campaign_id","id");--> statement-breakpoint
CREATE INDEX "in_flight_by_gate" ON "in_flight" USING btree ("gate_id");--> statement-breakpoint
CREATE INDEX "in_flight_by_campaign" ON "in_flight" USING btree ("campaign_id");--> statement-breakpoint
CREATE INDEX "in_flight_by_workspace" ON "in_flight" USING btree ("workspace_id");--> statement-breakpoint
CREATE INDEX "in_flight_by_session" ON "in_flight" USING btree ("worker_session");--> statement-breakpoint
CREATE INDEX "recipient_by_slice" ON "recipient" USING btree ("campaign_id","slice");--> statement-breakpoint
CREATE INDEX "recipient_by_contact" ON "recipient" USING btree ("contact_id");--> statement-breakpoint
CREATE INDEX "recipient_by_gate" ON "recipient" USING btree ("gate_id");--> statement-breakpoint
CREATE INDEX "consent_event_by_contact" ON "consent_event" USING btree ("contact_id");--> statement-breakpoint
CREATE INDEX "consent_event_by_campaign" ON "consent_event" USING btree ("campaign_id","recorded_at");--> statement-breakpoint
CREATE INDEX "stop_entry_by_campaign" ON "stop_entry" USING btree ("campaign_id","acknowledged_at");--> statement-breakpoint
CREATE INDEX "stop_entry_by_gate" ON "stop_entry" USING btree ("gate_id");--> statement-breakpoint
CREATE INDEX "stop_entry_by_workspace" ON "stop_entry" USING btree ("workspace_id","acknowledged_at");--> statement-breakpoint
CREATE INDEX "suppression_by_gate" ON "suppression" USING btree ("gate_id");--> statement-breakpoint
CREATE INDEX "contact_by_workspace" ON "contact" USING btree ("workspace_id","id");--> statement-breakpoint
CREATE INDEX "contact_point_by_contact" ON "contact_point" USING btree ("contact_id");--> statement-breakpoint
CREATE INDEX "contact_point_by_gate" ON "contact_point" USING btree ("gate_id");--> statement-breakpoint
CREATE INDEX "name_index_by_contact" ON "name_index" USING btree ("contact_id");--> statement-breakpoint
CREATE INDEX "point_index_by_point" ON "point_index" USING btree ("contact_point_id");--> statement-breakpoint
CREATE INDEX "import_refusal_by_import" ON "import_refusal" USING btree ("import_id","row");--> statement-breakpoint
CREATE UNIQUE INDEX "recipient_once" ON "recipient" ("month", "campaign_id", "gate_id") WHERE "duplicate_of" IS NULL;--> statement-breakpoint
ALTER TABLE "in_flight" SET (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_cost_delay = 0);--> statement-breakpoint
ALTER TABLE "gate" SET (fillfactor = 80);
