select hotel_code || '-' || counted_on as inventory_id, hotel_code, counted_on, rooms_total, rooms_blocked, staff_on_payroll
from {{ ref('raw_month_end') }}
