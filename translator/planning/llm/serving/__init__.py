"""Clients of the servers that serve a language model; `open_chat_model` chooses one by settings."""
