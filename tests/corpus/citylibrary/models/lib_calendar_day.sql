SELECT CAST(d AS date) AS calendar_date
FROM generate_series(date '2010-01-01', date '2026-12-31', interval '1 day') AS d
