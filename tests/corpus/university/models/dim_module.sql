select * from {{ ref('src_module') }}
