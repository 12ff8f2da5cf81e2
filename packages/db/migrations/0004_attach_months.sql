-- A month's partitions are made as tables of their own and then attached. CREATE TABLE … PARTITION OF locks the whole
-- parent against every reader, and a reader between its two tables deadlocked with it; ATTACH lets all of them go on.
CREATE OR REPLACE FUNCTION ensure_month(wanted date) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS
$$
DECLARE
	first date := date_trunc('month', wanted)::date;
	past date := (date_trunc('month', wanted) + interval '1 month')::date;
	suffix text := to_char(first, 'YYYY_MM');
BEGIN
	IF to_regclass('recipient_' || suffix) IS NOT NULL AND to_regclass('decision_' || suffix) IS NOT NULL THEN
		RETURN;
	END IF;
	-- One at a time, readers and writers go on. A table's lock, unlike an advisory one, also shows what the holder
	-- before us made.
	LOCK TABLE recipient IN SHARE UPDATE EXCLUSIVE MODE;
	-- A low fill factor leaves room for heap-only updates: a recipient changes state four times.
	IF to_regclass('recipient_' || suffix) IS NULL THEN
		EXECUTE format('CREATE TABLE %I (LIKE recipient INCLUDING DEFAULTS INCLUDING CONSTRAINTS) WITH (fillfactor = 50)',
			'recipient_' || suffix);
		EXECUTE format('ALTER TABLE recipient ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)',
			'recipient_' || suffix, first, past);
	END IF;
	IF to_regclass('decision_' || suffix) IS NULL THEN
		EXECUTE format('CREATE TABLE %I (LIKE decision INCLUDING DEFAULTS INCLUDING CONSTRAINTS)', 'decision_' || suffix);
		EXECUTE format('ALTER TABLE decision ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)',
			'decision_' || suffix, first, past);
	END IF;
END
$$;
