select * from {{ ref('ext_agents') }}
