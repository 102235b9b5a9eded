select customer_id, tier, valid_from, cast(nullif(cast(valid_to as text), '') as date) as valid_to
from {{ ref('raw_customer_tiers') }}
