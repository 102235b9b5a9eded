-- Store 3 moved and is there twice: its key is declared unique and is not.
select *
from (values (1, 1, 'north'), (2, 2, 'north'), (3, 3, 'south'), (4, 3, 'east'))
    as stores (store_row_id, store_id, district)
