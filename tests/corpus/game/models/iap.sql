select * from {{ ref('iap_seed') }}
