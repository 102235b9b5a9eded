select * from {{ ref('stg_outg') }}
