select * from {{ ref('club_list') }}
