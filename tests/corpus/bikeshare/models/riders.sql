select * from {{ ref('riders_src') }}
