select * from (values
    (1, 'Ada', 'C-1', 1, date '2023-04-01'),
    (2, 'Ben', 'C-2', 1, date '2024-02-10'),
    (3, 'Cid', 'C-3', 2, date '2024-07-21'),
    (4, 'Dee', 'C-4', null, date '2025-01-05')
) as m (member_id, member_name, card_number, branch_id, joined_on)
