select visit_id, customer_id, visited_at, source, pages from {{ ref('raw_visits') }}
