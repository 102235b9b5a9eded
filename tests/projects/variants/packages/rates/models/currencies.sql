select 'EUR' as currency, 1.0 as rate union all select 'USD', 1.1
