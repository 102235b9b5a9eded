SELECT
    loan_no AS lon_loan_no,
    card_no AS lon_card_no,
    barcode AS lon_barcode,
    issuing_branch_code AS lon_issuing_branch_code,
    returning_branch_code AS lon_returning_branch_code,
    loan_date AS lon_loan_date,
    due_date AS lon_due_date,
    return_date AS lon_return_date,
    number_of_renewals AS lon_number_of_renewals,
    loan_channel AS lon_loan_channel,
    return_date - loan_date AS lon_days_kept,
    COALESCE(return_date, date '2024-09-30') > due_date AS lon_overdue_flag
FROM {{ ref('legacy_loans') }}
