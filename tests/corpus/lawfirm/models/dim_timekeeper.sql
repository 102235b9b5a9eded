select * from {{ ref('pms_timekeepers') }}
