select * from {{ ref('ext_policies') }}
