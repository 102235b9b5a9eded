select * from {{ ref('net_sites') }}
