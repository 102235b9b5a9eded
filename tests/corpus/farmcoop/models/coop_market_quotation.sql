select * from {{ ref('coop_quotations') }}
