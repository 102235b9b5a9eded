select * from {{ ref('sp_seed') }}
