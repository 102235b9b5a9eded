{{ config(materialized="ephemeral") }}
select sale_id, amount from {{ source('landing', 'sold') }}
