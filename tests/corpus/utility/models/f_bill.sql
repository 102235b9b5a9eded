select * from {{ ref('stg_bill') }}
