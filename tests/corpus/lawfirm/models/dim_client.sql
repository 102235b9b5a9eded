select * from {{ ref('pms_clients') }}
