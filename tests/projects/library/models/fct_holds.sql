select * from (values
    (1, 1, 12, date '2024-02-01'), (2, 1, 12, date '2024-02-02'), (3, 1, 10, date '2024-02-03'),
    (4, 3, 10, date '2024-02-04')
) as h (hold_id, member_id, book_id, placed_on)
