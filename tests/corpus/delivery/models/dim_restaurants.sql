select * from {{ ref('restaurants_raw') }}
