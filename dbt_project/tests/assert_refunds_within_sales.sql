-- No more is paid back for an order item than was paid for it.
select
    returns.return_id,
    returns.refund_amount,
    order_items.net_amount
from {{ ref('fct_returns') }} as returns
inner join {{ ref('fct_order_items') }} as order_items
    on returns.order_item_id = order_items.order_item_id
where returns.refund_amount > order_items.net_amount
