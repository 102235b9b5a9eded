"""The rules, by what they are about; each is one function."""
