SELECT
    fine_no AS fin_fine_no,
    loan_no AS fin_loan_no,
    card_no AS fin_card_no,
    branch_code AS fin_branch_code,
    date_assessed AS fin_date_assessed,
    reason AS fin_reason,
    amount AS fin_amount,
    amount_paid AS fin_amount_paid,
    date_paid AS fin_date_paid,
    settlement AS fin_settlement
FROM {{ ref('legacy_fines') }}
