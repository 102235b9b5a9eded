select * from {{ ref('products_sheet') }}
