with orders as (

    select * from {{ ref('stg_shop__orders') }}

),

totals as (

    select * from {{ ref('int_orders_totaled') }}

),

-- A cancelled order is nobody's first.
numbered as (

    select
        order_id,
        row_number() over (partition by customer_id order by ordered_at, order_id) as order_number
    from orders
    where status_code <> 'C'

),

final as (

    select
        orders.order_id,
        orders.customer_id,
        orders.store_id,
        orders.employee_id,
        orders.campaign_id,
        orders.channel_code,
        orders.status_code,
        orders.payment_method_code,
        orders.ordered_at,
        orders.shipped_at,
        orders.delivered_at,
        coalesce(numbered.order_number = 1, false) as is_first_order,
        orders.status_code = 'C' as is_cancelled,
        cast(totals.item_count as integer) as item_count,
        cast(totals.gross_amount as numeric(12, 2)) as gross_amount,
        cast(totals.discount_amount as numeric(12, 2)) as discount_amount,
        cast(totals.net_amount as numeric(12, 2)) as net_amount,
        orders.shipping_fee,
        cast(totals.net_amount + orders.shipping_fee as numeric(12, 2)) as total_amount,
        cast(
            extract(epoch from orders.shipped_at - orders.ordered_at) / 3600 as numeric(10, 2)
        ) as hours_to_ship
    from orders
    inner join totals on orders.order_id = totals.order_id
    left join numbered on orders.order_id = numbered.order_id

)

select * from final
