select 1 as buyer_id, 'Ann Meyer' as name union all select 2, 'Bob Meyer' union all select 3, 'Cleo'
