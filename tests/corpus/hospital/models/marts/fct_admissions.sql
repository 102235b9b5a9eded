select * from {{ ref('raw_admissions') }}
