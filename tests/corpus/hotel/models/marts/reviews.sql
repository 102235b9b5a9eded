select review_no as review_id, hotel_code, guest_no as guest_id, posted_on, score, site, main_topic, answered
from {{ ref('raw_reviews') }}
