select customer_id, customer_name, email, nullif(segment_code, '') as segment_code, status_code,
       region_code, signed_up_on
from {{ ref('raw_customers') }}
