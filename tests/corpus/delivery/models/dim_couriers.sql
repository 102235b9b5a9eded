select * from {{ ref('couriers_raw') }}
