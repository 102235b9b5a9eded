select * from {{ ref('coop_fields') }}
