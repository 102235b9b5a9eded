select * from {{ ref('clients_raw') }}
