select itm_id || '/' || wk_end as stk_id, itm_id, wk_end, qty from {{ ref('s_stk') }}
