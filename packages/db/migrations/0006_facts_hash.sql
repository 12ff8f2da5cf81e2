ALTER TABLE "decision" ADD COLUMN "facts_hash" "bytea";--> statement-breakpoint
ALTER TABLE "source" ADD COLUMN "deletions_run_at" timestamp with time zone;