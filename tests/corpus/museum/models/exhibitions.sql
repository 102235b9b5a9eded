select * from {{ ref('exhibitions_sheet') }}
