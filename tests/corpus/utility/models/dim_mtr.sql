select * from {{ ref('stg_mtr') }}
