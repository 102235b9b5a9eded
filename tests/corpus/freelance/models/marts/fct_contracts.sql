select *, ended_on - started_on as duration_days
from {{ ref('contracts_raw') }}
