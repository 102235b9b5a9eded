select * from {{ ref('net_site_month') }}
