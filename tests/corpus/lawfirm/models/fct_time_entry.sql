select * from {{ ref('pms_time') }}
