select * from {{ ref('ses_seed') }}
