with order_items as (

    select * from {{ ref('int_order_items_priced') }}

),

orders as (

    select * from {{ ref('stg_shop__orders') }}

),

final as (

    select
        order_items.order_item_id,
        order_items.order_id,
        order_items.product_id,
        orders.customer_id,
        orders.store_id,
        orders.ordered_at,
        orders.status_code = 'C' as is_cancelled,
        order_items.quantity,
        order_items.unit_price,
        cast(order_items.gross_amount as numeric(12, 2)) as gross_amount,
        order_items.discount_amount,
        cast(order_items.net_amount as numeric(12, 2)) as net_amount,
        cast(order_items.cost_amount as numeric(12, 2)) as cost_amount
    from order_items
    inner join orders on order_items.order_id = orders.order_id

)

select * from final
