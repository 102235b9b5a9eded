select * from {{ ref('till') }}
