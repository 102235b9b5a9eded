select * from {{ ref('jobs_raw') }}
