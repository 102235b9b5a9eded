select * from (values
    (100, 1, 10, date '2024-01-05', date '2024-01-20'),
    (101, 1, 11, date '2024-03-05', date '2024-03-09'),
    (102, 1, 11, date '2024-12-30', date '2025-01-12'),
    (103, 2, 10, date '2024-06-01', null),
    (104, 3, 12, date '2023-06-01', date '2024-06-11'),
    (105, null, 12, date '2024-06-02', date '2024-06-12'),
    (106, 2, null, date '2024-06-03', date '2024-06-13')
) as l (loan_id, member_id, book_id, borrowed_on, returned_on)
