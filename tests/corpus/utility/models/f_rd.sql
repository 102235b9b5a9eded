select * from {{ ref('stg_rd') }}
