select i.order_item_id, i.order_id, o.customer_id, o.store_id, i.product_id,
       o.ordered_at, o.shipped_on, o.status_code,
       i.quantity, i.gross_amount, i.discount_amount,
       i.gross_amount - i.discount_amount as net_amount
from {{ ref('raw_order_items') }} as i
join {{ ref('fct_orders') }} as o on o.order_id = i.order_id
