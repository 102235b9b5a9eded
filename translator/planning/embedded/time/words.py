"""The words that point back, here or ahead, and those that lead or rule out a date."""

BACK = frozenset(["last", "previous", "prior", "past", "preceding", "trailing", "latest"])
HERE = frozenset(["this", "current"])
AHEAD = frozenset(["next", "coming", "upcoming", "following"])
WHOLE = frozenset(["calendar", "full", "complete", "completed", "closed", "whole", "entire", "iso"])
ORDINALS = {"first": 1, "second": 2, "third": 3, "fourth": 4, "1st": 1, "2nd": 2, "3rd": 3}
ORDINALS |= {"4th": 4, "final": 4}
LEADS_MONTH = frozenset(
    [
        "in",
        "since",
        "during",
        "for",
        "from",
        "until",
        "till",
        "through",
        "throughout",
        "of",
        "before",
        "after",
        "between",
        "on",
        "as",
        "last",
        "this",
        "vs",
        "versus",
        "early",
        "late",
        "mid",
    ]
)
NOT_YEAR_AFTER = frozenset(
    [
        "sku",
        "id",
        "no",
        "number",
        "code",
        "top",
        "$",
        ">",
        "<",
        "=",
        "than",
        "over",
        "under",
        "least",
        "most",
        "above",
        "below",
        "about",
        ".",
        ",",
        "#",
    ]
)

# Month names that are also words or names of people; small letters speak against them.
ALSO_WORDS = frozenset(["may", "march", "mar"])
INTRODUCE_NAMES = frozenset(["named", "called", "mr", "mrs", "ms", "dr"])
