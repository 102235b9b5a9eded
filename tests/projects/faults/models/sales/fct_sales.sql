-- One row a day, none from 3 to 20 May. Only every tenth customer_code is one of dim_customers, every
-- fiftieth seller_id is empty, every twentieth channel, and every 25th sale is a test.
with days as (
    select
        cast(day as date) as sold_on,
        cast(row_number() over (order by day) as integer) as sale_id
    from generate_series(date '2025-01-01', date '2025-10-14', interval '1 day') as day
    where day not between date '2025-05-03' and date '2025-05-20'
)

select
    sale_id,
    sold_on,
    1 + sale_id % 4 as product_id,
    1 + sale_id % 3 as store_id,
    case when sale_id % 10 = 0 then 'C' || (1 + sale_id % 5) else 'X' || sale_id end
        as customer_code,
    case when sale_id % 50 = 0 then null else 1 + sale_id % 2 end as seller_id,
    case when sale_id % 20 = 0 then null else 'web' end as channel,
    sale_id % 25 = 0 as is_test,
    cast(10 + sale_id % 7 as numeric(12, 2)) as amount
from days
