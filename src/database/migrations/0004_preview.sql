-- How a job's purchases were asked for; NULL in jobs from before.
ALTER TABLE alamor_jobs ADD COLUMN scope TEXT;

-- In a dry run: how many links of each change the purchase would have, and which. The links are kept
-- of the newest dry run only.
ALTER TABLE alamor_items ADD COLUMN changes TEXT;
ALTER TABLE alamor_items ADD COLUMN changed_links TEXT;
