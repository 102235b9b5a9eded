select * from {{ ref('freelancers_raw') }}
