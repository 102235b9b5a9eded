with source as (

    select * from {{ source('shop', 'returns') }}

),

renamed as (

    select
        return_id,
        order_item_id,
        quantity,
        refund_amount,
        reason_code,
        returned_at
    from source

)

select * from renamed
