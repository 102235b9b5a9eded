select dn_id, mch_id, cast(beg as timestamp) as beg, cd, pl, mins, shft, tech from {{ ref('s_dn') }}
