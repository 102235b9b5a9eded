with days as (
    select cast(day as date) as date_day
    from generate_series(date '2022-01-01', date '2026-12-31', interval '1 day') as day
)
-- The fiscal year starts in February.
select date_day,
       cast(date_trunc('quarter', date_day - interval '1 month') + interval '1 month' as date) as fiscal_quarter,
       cast(date_trunc('year', date_day - interval '1 month') + interval '1 month' as date) as fiscal_year
from days
