{{ config(materialized="ephemeral") }}
select buyer_id, salary > 500 as is_high from {{ ref('salaries') }}
