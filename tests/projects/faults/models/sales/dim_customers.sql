select 'C' || number as customer_code, 'segment ' || number % 2 as segment
from generate_series(1, 5) as number
