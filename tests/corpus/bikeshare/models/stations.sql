select * from {{ ref('stations_src') }}
