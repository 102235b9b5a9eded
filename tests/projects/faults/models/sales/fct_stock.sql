select stock_id, product_id, counted_on, units
from {{ source('depot', 'raw_stock') }}
