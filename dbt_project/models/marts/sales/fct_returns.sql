with returns as (

    select * from {{ ref('stg_shop__returns') }}

),

order_items as (

    select * from {{ ref('stg_shop__order_items') }}

),

orders as (

    select * from {{ ref('stg_shop__orders') }}

),

final as (

    select
        returns.return_id,
        returns.order_item_id,
        order_items.order_id,
        order_items.product_id,
        orders.customer_id,
        orders.ordered_at,
        returns.returned_at,
        returns.quantity,
        returns.refund_amount,
        returns.reason_code,
        cast(returns.returned_at as date) - cast(orders.ordered_at as date) as days_to_return
    from returns
    inner join order_items on returns.order_item_id = order_items.order_item_id
    inner join orders on order_items.order_id = orders.order_id

)

select * from final
