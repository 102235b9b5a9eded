select * from {{ ref('class_log') }}
