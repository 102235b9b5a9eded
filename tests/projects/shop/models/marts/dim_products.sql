select product_id, product_name, category_id, brand, list_price, is_sold
from {{ ref('raw_products') }}
