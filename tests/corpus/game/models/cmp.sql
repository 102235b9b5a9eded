select * from {{ ref('cmp_seed') }}
