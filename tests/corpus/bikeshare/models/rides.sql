select * from {{ ref('rides_src') }}
