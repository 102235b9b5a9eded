SELECT
    card_no AS mbr_card_no,
    member_name AS mbr_member_name,
    category AS mbr_category,
    home_branch_code AS mbr_home_branch_code,
    registration_date AS mbr_registration_date,
    card_expiry_date AS mbr_card_expiry_date,
    is_blocked AS mbr_is_blocked,
    district AS mbr_district,
    has_email AS mbr_has_email
FROM {{ ref('legacy_members') }}
