select *, fin_dt > due_dt as late, fin_dt - st_dt as lead_d
from {{ ref('s_wo') }}
