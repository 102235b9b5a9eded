select * from {{ ref('plr_seed') }}
