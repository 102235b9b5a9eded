select subscription_month_id, customer_id, month_start, amount, billing_term
from {{ ref('raw_subscription_months') }}
