SELECT CAST(h AS timestamp) AS calendar_hour
FROM generate_series(timestamp '2024-01-01', timestamp '2025-12-31', interval '1 hour') AS h
