select * from {{ ref('stg_prem') }}
