with source as (

    select * from {{ source('shop', 'districts') }}

),

renamed as (

    select
        district_id,
        district_name,
        region_id,
        district_manager
    from source

)

select * from renamed
