select
    *,
    -- What was written off will not come any more.
    case when inv_status in ('PT', 'OS') then inv_amt - paid_amt else 0 end as outstanding_amt
from {{ ref('pms_invoices') }}
