ALTER TABLE "registry_copy" ALTER COLUMN "as_of" DROP NOT NULL;--> statement-breakpoint
ALTER TABLE "registry_entry" ADD COLUMN "key_version" text NOT NULL;