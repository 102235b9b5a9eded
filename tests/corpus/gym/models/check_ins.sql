select * from {{ ref('checkin_log') }}
