-- refund_id 7 is there three times: a unique test fails.
select refund_id, cast(date '2025-01-01' + refund_id as date) as refunded_on,
    1 + refund_id % 4 as product_id, cast(5 as numeric(12, 2)) as amount
from generate_series(1, 40) as refund_id
union all
select 7, date '2025-01-08', 4, cast(5 as numeric(12, 2))
from generate_series(1, 2)
