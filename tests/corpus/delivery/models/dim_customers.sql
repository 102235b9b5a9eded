select * from {{ ref('customers_raw') }}
