select * from {{ ref('repairs_src') }}
