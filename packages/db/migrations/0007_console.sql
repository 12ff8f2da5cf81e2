-- What a campaign's page counts is kept with its slices, whenever one is planned or settled: a campaign of a million is
-- read from some thousand slices, and only those that a job works on are counted from their rows.
ALTER TABLE "campaign_slice" ADD COLUMN "worked_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "campaign_slice" ADD COLUMN "settled_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "campaign_slice" ADD COLUMN "handed_over" jsonb;--> statement-breakpoint
UPDATE "campaign_slice" SET "worked_at" = now() WHERE "done_at" IS NULL;--> statement-breakpoint
UPDATE "campaign_slice" s SET "settled_at" = s."done_at", "handed_over" = (
	SELECT coalesce(jsonb_object_agg(stretch, count), '{}') FROM (
		SELECT floor(extract(epoch FROM r.ended_at))::bigint / 5 * 5 AS stretch, count(*)::int AS count FROM recipient r
		WHERE r.campaign_id = s.campaign_id AND r.slice = s.slice AND r.state = 'contacted' GROUP BY 1) t)
WHERE s."done_at" IS NOT NULL;--> statement-breakpoint
-- Who changed a campaign, a sender or a policy, and when, stands on its page.
CREATE INDEX "audit_entry_by_subject" ON "audit_entry" USING btree ("workspace_id","subject","id");
