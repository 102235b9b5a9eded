select * from {{ ref('coop_members') }}
