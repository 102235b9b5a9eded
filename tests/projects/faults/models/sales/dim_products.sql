select *
from (values (1, 'books', 1), (2, 'books', 1), (3, 'games', 2), (4, 'games', 2))
    as products (product_id, category, supplier_id)
