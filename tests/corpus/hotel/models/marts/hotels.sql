select hotel_code, hotel_name, city, country, brand, star_rating, room_count, opened_on, has_spa
from {{ ref('raw_hotels') }}
