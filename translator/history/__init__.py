"""What was asked, how it was answered, and what people think of it; in a Postgres of its own.

Writing is an append to a file on this machine (`spool`), so that it needs no database and survives
`kill -9`; reading, and a thread of the services, take what is there into the database (`store`).
Every surface uses `history.open_history` and nothing else.
"""
