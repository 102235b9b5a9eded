select 1 as fine_id, 1 as member_id, 12.5 as fine_amount
