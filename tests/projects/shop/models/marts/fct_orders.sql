select order_id, customer_id, store_id, ordered_at, shipped_on, status_code, channel_code,
       channel_code in ('WEB', 'APP') as is_online
from {{ ref('raw_orders') }}
