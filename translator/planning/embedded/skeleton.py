"""Abbreviations that no list knows."""

from __future__ import annotations


def is_skeleton(short: str, word: str) -> bool:
    """Whether `short` is how people abbreviate `word`.

    It keeps the first letter, goes through the word in order, and is either its beginning or has
    no more vowels inside than the first letter, and reaches the word's last consonant but one.

    >>> is_skeleton("acft", "aircraft"), is_skeleton("dly", "delay"), is_skeleton("rev", "revenue")
    (True, True, True)
    >>> is_skeleton("apt", "apartment"), is_skeleton("cat", "contract")
    (False, False)
    """
    if len(short) >= len(word) or short[0] != word[0] or len(short) < 3:
        return False
    if word.startswith(short):
        return True
    if any(c in "aeiou" for c in short[1:]):
        return False
    position = 0
    for letter in short:
        position = word.find(letter, position) + 1
        if position == 0:
            return False
    consonants = [i for i, c in enumerate(word) if c not in "aeiou"]
    return position - 1 >= consonants[-1]
