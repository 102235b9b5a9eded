select * from {{ ref('member_list') }}
