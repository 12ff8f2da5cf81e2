-- Figures over all workspaces for /metrics: counts and latencies only.
CREATE FUNCTION health_figures() RETURNS jsonb LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public AS
$$
	SELECT jsonb_build_object(
		'inFlight', (SELECT count(*) FROM in_flight),
		'stops', count(*),
		'late', (SELECT count(*) FROM late_contact),
		'sumMs', coalesce(sum(waited_ms), 0),
		'buckets', jsonb_build_array(
			jsonb_build_object('le', 10, 'count', count(*) FILTER (WHERE waited_ms <= 10)),
			jsonb_build_object('le', 25, 'count', count(*) FILTER (WHERE waited_ms <= 25)),
			jsonb_build_object('le', 50, 'count', count(*) FILTER (WHERE waited_ms <= 50)),
			jsonb_build_object('le', 100, 'count', count(*) FILTER (WHERE waited_ms <= 100)),
			jsonb_build_object('le', 250, 'count', count(*) FILTER (WHERE waited_ms <= 250)),
			jsonb_build_object('le', 500, 'count', count(*) FILTER (WHERE waited_ms <= 500)),
			jsonb_build_object('le', 1000, 'count', count(*) FILTER (WHERE waited_ms <= 1000)),
			jsonb_build_object('le', 2500, 'count', count(*) FILTER (WHERE waited_ms <= 2500))))
	FROM stop_entry WHERE kind IN ('unsubscribe', 'withdrawal', 'suppression', 'erasure')
$$;
