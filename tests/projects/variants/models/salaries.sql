select 1 as buyer_id, 1000 as salary
