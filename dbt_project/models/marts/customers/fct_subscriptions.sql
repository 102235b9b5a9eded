with subscriptions as (

    select * from {{ ref('stg_shop__subscriptions') }}

),

final as (

    select
        subscription_id,
        customer_id,
        plan_code,
        status_code,
        monthly_fee,
        started_at,
        cancelled_at,
        cancel_reason
    from subscriptions

)

select * from final
