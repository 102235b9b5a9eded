select *
from (values (1, 'Cleo'), (2, 'Dan')) as sellers (seller_id, seller_name)
