select * from {{ ref('raw_doctors') }}
