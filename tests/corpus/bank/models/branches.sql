select * from {{ ref('raw_branches') }}
