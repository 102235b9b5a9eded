with subscriptions as (

    select * from {{ ref('stg_shop__subscriptions') }}

),

calendar as (

    select * from {{ ref('time_spine_daily') }}

),

-- The last day of every month; for the month that still runs, today.
month_ends as (

    select max(date_day) as snapshot_date
    from calendar
    where date_day <= cast('{{ var("as_of") }}' as date)
    group by date_trunc('month', date_day)

),

final as (

    select
        subscriptions.subscription_id || '-' || month_ends.snapshot_date as subscription_month_id,
        subscriptions.subscription_id,
        subscriptions.customer_id,
        month_ends.snapshot_date,
        subscriptions.plan_code,
        subscriptions.monthly_fee as mrr_amount
    from subscriptions
    inner join month_ends
        on cast(subscriptions.started_at as date) <= month_ends.snapshot_date
        and (
            subscriptions.cancelled_at is null
            or cast(subscriptions.cancelled_at as date) > month_ends.snapshot_date
        )

)

select * from final
