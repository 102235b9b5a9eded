select category_id, category_name from {{ ref('raw_categories') }}
