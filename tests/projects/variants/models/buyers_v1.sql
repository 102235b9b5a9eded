select 1 as buyer_id, 'Ann' as name union all select 2, 'Bob'
