select *, gross_usd - fee_usd as net_usd, settled_on - requested_on as days_to_settle
from {{ ref('payouts_raw') }}
