select * from {{ ref('ext_inforce') }}
