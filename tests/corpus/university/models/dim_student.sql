select * from {{ ref('src_student') }}
