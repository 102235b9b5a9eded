select * from {{ ref('app_opens_raw') }}
