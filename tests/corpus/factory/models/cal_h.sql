select cast(h as timestamp) as ts from generate_series(timestamp '2023-12-31', timestamp '2025-12-31', interval '1 hour') as h
