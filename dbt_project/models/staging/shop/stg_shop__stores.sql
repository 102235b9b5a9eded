with source as (

    select * from {{ source('shop', 'stores') }}

),

renamed as (

    select
        store_id,
        store_code,
        store_name,
        district_id,
        store_type_code,
        city,
        opened_on,
        closed_on,
        square_feet
    from source

)

select * from renamed
