select * from {{ ref('desk_tickets') }}
