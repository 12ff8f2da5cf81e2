-- When messages of a slice were handed over, kept with the slice whenever it is settled: the rate of a campaign of a
-- million is read from some thousand slices, and only slices that a job works on are counted from their rows.
ALTER TABLE "campaign_slice" ADD COLUMN "worked_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "campaign_slice" ADD COLUMN "handed_over" jsonb;--> statement-breakpoint
UPDATE "campaign_slice" SET "worked_at" = now();--> statement-breakpoint
-- Who changed a campaign, a sender or a policy, and when, stands on its page.
CREATE INDEX "audit_entry_by_subject" ON "audit_entry" USING btree ("workspace_id","subject","id");
