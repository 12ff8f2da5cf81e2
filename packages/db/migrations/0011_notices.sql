-- A notice may be made of parts, and a version may change what people agreed to: then its meaning is one higher, and
-- consent under lower ones no longer permits. What is on record so far has one meaning.
ALTER TABLE "notice" ADD COLUMN "statement" text;--> statement-breakpoint
ALTER TABLE "notice" ADD COLUMN "information" jsonb;--> statement-breakpoint
ALTER TABLE "notice" ADD COLUMN "meaning" integer DEFAULT 1 NOT NULL;--> statement-breakpoint
ALTER TABLE "form" ADD COLUMN "thanks" jsonb DEFAULT '{}' NOT NULL;
