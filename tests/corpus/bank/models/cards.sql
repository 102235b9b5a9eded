select * from {{ ref('raw_cards') }}
