{{ config(materialized="ephemeral") }}
select sale_id, buyer_id, amount from {{ ref('sales') }} where sold_on >= cast('2024-01-01' as date)
