select guest_no as guest_id, full_name, nationality, loyalty_tier, first_seen_on, travels_for_work
from {{ ref('raw_guests') }}
