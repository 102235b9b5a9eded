with source as (

    select * from {{ source('shop', 'regions') }}

),

renamed as (

    select
        region_id,
        region_name,
        country_code,
        country_name
    from source

)

select * from renamed
