-- Seller 2 is in two teams in February: its validity windows overlap.
select *
from (
    values
    (1, 'red', date '2024-01-01', cast(null as date)),
    (2, 'red', date '2024-01-01', date '2025-03-01'),
    (2, 'blue', date '2025-02-01', cast(null as date))
) as teams (seller_id, team, valid_from, valid_to)
