-- The value of an order is that of its items.
select
    orders.order_id,
    orders.net_amount,
    sum(order_items.net_amount) as items_net_amount
from {{ ref('fct_orders') }} as orders
left join {{ ref('fct_order_items') }} as order_items on orders.order_id = order_items.order_id
group by orders.order_id, orders.net_amount
having orders.net_amount is distinct from sum(order_items.net_amount)
