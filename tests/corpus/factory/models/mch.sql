select * from {{ ref('s_mch') }}
