select * from {{ ref('raw_wards') }}
