select * from {{ ref('s_itm') }}
