select *
from (values (1, 'Ava'), (2, 'Bo')) as suppliers (supplier_id, supplier_name)
