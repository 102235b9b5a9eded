select * from {{ ref('aircraft') }}
