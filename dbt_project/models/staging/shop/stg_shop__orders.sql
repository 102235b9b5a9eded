with source as (

    select * from {{ source('shop', 'orders') }}

),

renamed as (

    select
        order_id,
        customer_id,
        store_id,
        employee_id,
        campaign_id,
        channel_code,
        status_code,
        payment_method_code,
        shipping_fee,
        ordered_at,
        shipped_at,
        delivered_at,
        gift_message
    from source

)

select * from renamed
