-- From the first hire to the end of the fiscal year that `as_of` is in.
with days as (

    select cast(generate_series as date) as date_day
    from generate_series(date '2014-02-01', date '2026-01-31', interval '1 day')

),

-- The fiscal year begins in February and is named after the calendar year it begins in.
fiscal as (

    select
        date_day,
        cast(date_day - interval '1 month' as date) as shifted_day
    from days

),

final as (

    select
        date_day,
        cast(date_trunc('quarter', shifted_day) + interval '1 month' as date) as fiscal_quarter,
        cast(date_trunc('year', shifted_day) + interval '1 month' as date) as fiscal_year
    from fiscal

)

select * from final
