{{ config(alias="sold_things", schema="core") }}
select 1 as sale_id, 1 as buyer_id, 10.5 as amount, cast('2024-01-05' as date) as sold_on
union all select 2, 1, 20, cast('2024-02-05' as date)
union all select 3, 2, 5, cast('2023-02-05' as date)
