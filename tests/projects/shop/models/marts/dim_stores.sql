select store_id, store_name, region_code from {{ ref('raw_stores') }}
