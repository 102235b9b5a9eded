SELECT
    barcode AS cpy_barcode,
    title_no AS cpy_title_no,
    owning_branch_code AS cpy_owning_branch_code,
    material_type AS cpy_material_type,
    acquisition_date AS cpy_acquisition_date,
    purchase_price AS cpy_purchase_price,
    shelf_status AS cpy_shelf_status,
    physical_condition AS cpy_physical_condition
FROM {{ ref('legacy_copies') }}
