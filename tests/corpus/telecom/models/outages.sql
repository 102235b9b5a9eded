select * from {{ ref('noc_outages') }}
