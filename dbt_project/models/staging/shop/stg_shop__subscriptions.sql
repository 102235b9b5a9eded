with source as (

    select * from {{ source('shop', 'subscriptions') }}

),

renamed as (

    select
        subscription_id,
        customer_id,
        plan_code,
        status_code,
        monthly_fee,
        started_at,
        cancelled_at,
        cancel_reason
    from source

)

select * from renamed
