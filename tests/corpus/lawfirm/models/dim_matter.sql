select * from {{ ref('pms_matters') }}
