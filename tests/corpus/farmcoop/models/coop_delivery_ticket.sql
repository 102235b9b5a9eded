select * from {{ ref('coop_deliveries') }}
