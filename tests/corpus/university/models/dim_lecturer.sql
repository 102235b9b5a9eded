select * from {{ ref('src_lecturer') }}
