-- Ends today: a calendar that runs on would give cumulative metrics rows for days to come.
with days as (

    select cast(generate_series as date) as date_day
    from generate_series(
        date '2014-02-01', cast('{{ var("as_of") }}' as date), interval '1 day'
    )

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
