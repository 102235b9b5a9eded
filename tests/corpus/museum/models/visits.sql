select * from {{ ref('visits_sheet') }}
