select return_id, order_item_id, order_id, product_id, returned_on, reason_code, quantity
from {{ ref('raw_returns') }}
