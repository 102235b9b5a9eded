select * from {{ ref('ext_claims') }}
