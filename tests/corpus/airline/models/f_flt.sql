select
    id as flt_id, flt_no, flt_dt, sale_open_dt, orig as orig_cd, dest as dest_cd, tail, sts,
    dly_rsn, pax, seats, dep_dly_min, rev as rev_amt, fuel_kg, svc_typ, bags_lost
from {{ ref('flights') }}
