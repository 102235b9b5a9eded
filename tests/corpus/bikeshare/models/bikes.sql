select * from {{ ref('bikes_src') }}
