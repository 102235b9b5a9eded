-- Fiscal quarters begin in February, May, August and November; the fiscal year in February.
select
    date_day,
    fiscal_quarter,
    fiscal_year
from {{ ref('time_spine_daily') }}
where
    extract(month from fiscal_quarter) not in (2, 5, 8, 11)
    or extract(month from fiscal_year) <> 2
    or date_day < fiscal_quarter
    or date_day >= fiscal_quarter + interval '3 months'
    or date_day >= fiscal_year + interval '1 year'
