"""Reads codes and what they mean out of a description.

People write "A = active, C = churned", "1: open; 2: closed", "M (monthly), A (annual)", "F is
female", or just "HC healthcare, ED education". With the column's accepted values known, exactly
those are looked for; without, at least two pairs are needed whose left side looks like a code, so
that prose is not mistaken for a list of codes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

_LONGEST_DESCRIPTION = 4000
_LONGEST_LABEL = 80

_QUOTES = "'\"`´‘’“”[]*"
_QUOTE = rf"[{re.escape(_QUOTES)}]*"
_CODE = r"[A-Za-z0-9][A-Za-z0-9_+./-]*"
# Longer signs first. A hyphen is a sign only with a space around it, or after a code ("0-No").
_SIGN = r"=>|->|→|=|:|–|—|-(?=\s)|(?<=\s)-"
_VERB = r"(?:stands\s+for|refers\s+to|means|denotes|represents|indicates|is\s+for|is|for|if|when)\b"
_EXPLICIT = re.compile(
    rf"^{_QUOTE}(?P<code>{_CODE}?){_QUOTE}\s*"
    rf"(?:(?P<sign>{_SIGN})|(?P<verb>(?<=\s){_VERB}))\s*(?P<label>.+)$"
)
_TIGHT_HYPHEN = re.compile(rf"^{_QUOTE}(?P<code>[A-Z0-9]{{1,4}}){_QUOTE}-(?P<label>[A-Za-z].+)$")
_BARE = re.compile(rf"^(?P<open>{_QUOTE})(?P<code>{_CODE}){_QUOTE}\s+(?P<label>[^\s=:(].*)$")
_CODE_THEN_PARENTHESES = re.compile(rf"^{_QUOTE}(?P<code>{_CODE}){_QUOTE}\s*\((?P<label>[^()]+)\)$")
_PARENTHESES_HOLD_CODE = re.compile(
    rf"^(?P<label>[^()=:]+?)\s*\({_QUOTE}(?P<code>{_CODE}){_QUOTE}\)$"
)
_SIGN_THEN_CODE = re.compile(rf"^(?P<label>[^()=:]+?)\s*=\s*{_QUOTE}(?P<code>{_CODE}){_QUOTE}$")
_EMBEDDED = re.compile(rf"(?:^|[\s(,:]){_QUOTE}({_CODE}?){_QUOTE}\s*(?:=>|->|→|=)")

_START_OF_PAIR = re.compile(
    rf"{_QUOTE}(?P<code>{_CODE}){_QUOTE}"
    rf"(?:\s*(?:=>|->|→|=|:(?=\s)|\()|\s+(?:{_VERB}|(?P<word>[A-Za-z])))"
)

_LIST_LEAD = re.compile(
    r"^\s*(?:[-*•·]\s+|\(?\d+\)\s+|(?:and|or|&|either|where|with|codes?|values?)\s+)",
    re.IGNORECASE,
)
_ABBREVIATION = re.compile(
    r"\b(e\.g|i\.e|incl|excl|resp|approx|etc|vs|no|nr|z\.b)\.", re.IGNORECASE
)
_NOT_A_LABEL = re.compile(
    r"^(?:empty|null|blank|otherwise|else|none|missing|e\.g|i\.e|not\s+set|unset|if\s)",
    re.IGNORECASE,
)
# A word that starts prose, not a code, in the form without a sign ("A customer who left").
_PROSE = frozenset(
    ["a", "an", "the", "i", "in", "of", "to", "on", "at", "by", "no", "if", "is", "it", "or"]
    + ["and", "as", "for", "per", "one", "two", "all", "any"]
)
_CODE_SHAPE = re.compile(
    r"^(?:[A-Z0-9][A-Z0-9_+./-]{0,7}|[A-Z][a-z]?\d?|[a-z]{1,2}\d{0,2}|-?\d{1,6})$"
)
_BARE_CODE_SHAPE = re.compile(r"^(?:[A-Z][A-Z0-9_+/-]{0,5}|\d{1,3})$")


@dataclass(frozen=True)
class _Pair:
    code: str
    label: str
    explicit: bool
    prose_like: bool = False


def parse_value_labels(
    description: str, accepted_values: tuple[str, ...] = ()
) -> tuple[tuple[str, str], ...]:
    """Codes with what they mean, as a description explains them.

    >>> parse_value_labels("Account state: A = active, C = churned")
    (('A', 'active'), ('C', 'churned'))
    >>> parse_value_labels("The day on which the account was closed, in UTC")
    ()

    Args:
        description: The text of a dimension or column; line breaks may be kept.
        accepted_values: What the column can hold, where its tests say so.
    """
    text = description[:_LONGEST_DESCRIPTION]
    if not text.strip():
        return ()
    accepted = {value.lower(): value for value in accepted_values}
    for candidate in (text, *_inside_parentheses(text)):
        labels = _labels(candidate, accepted)
        if labels:
            return labels
    return ()


def _inside_parentheses(text: str) -> list[str]:
    """Lists that stand in parentheses: "State of the account (A = active, C = churned)"."""
    return re.findall(r"\(([^()]{5,})\)", text)


def _labels(text: str, accepted: dict[str, str]) -> tuple[tuple[str, str], ...]:
    pairs: dict[str, _Pair] = {}
    last: str | None = None
    for separator, segment in _segments(text, accepted):
        pair = _pair(segment, accepted)
        if pair is not None:
            last = pair.code
            pairs.setdefault(pair.code, pair)
        elif last is not None and separator == "," and _continues(segment):
            # "EM = Europe, Middle East & Africa": a comma inside the meaning.
            known = pairs[last]
            pairs[last] = replace(known, label=f"{known.label}, {segment}")
        else:
            last = None
    cleaned = {code: _clean(pair.label) for code, pair in pairs.items()}
    kept = {
        code: label
        for code, label in cleaned.items()
        if label
        and label.lower() != code.lower()
        and len(label) <= _LONGEST_LABEL
        and not _NOT_A_LABEL.match(label)
    }
    # One pair is convincing only as an accepted value with a sign: "P: paid".
    alone_is_fine = bool(accepted) and any(pairs[code].explicit for code in kept)
    if len(kept) < 2 and not alone_is_fine:
        return ()
    if all(pairs[code].prose_like for code in kept):
        return ()
    return tuple(kept.items())


def _continues(segment: str) -> bool:
    """Whether a part behind a comma belongs to the meaning before it, and starts nothing new."""
    return not _NOT_A_LABEL.match(segment) and _plain_pair(segment, {}) is None


def _clean(label: str) -> str:
    label = re.sub(r"\s+", " ", label).strip()
    label = label.strip(" .,;|").strip(_QUOTES).strip()
    if label.count("(") != label.count(")"):
        label = label.replace("(", "").replace(")", "")
    return label.strip()


def _segments(text: str, accepted: dict[str, str]) -> Iterator[tuple[str, str]]:
    """Parts between separators, each with the separator before it; parentheses and quotes hold."""
    text = _ABBREVIATION.sub(lambda found: found.group(0).replace(".", "\x00"), text)
    if re.search(r"^\s*\|.*\|", text, re.MULTILINE):
        text = _table_rows(text)
    start, depth, separator = 0, 0, "."
    for index, character in enumerate(text):
        if character == "(":
            depth += 1
        elif character == ")":
            depth = max(0, depth - 1)
        found = _separator_at(text, index, depth, accepted)
        if found:
            yield from _finish(separator, text[start:index], accepted)
            start, separator = index + 1, found
    yield from _finish(separator, text[start:], accepted)


def _table_rows(text: str) -> str:
    """A Markdown table's rows as "code = meaning" lines."""
    rows = []
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        rows.append(" = ".join(cells[:2]) if line.strip().startswith("|") else line)
    return "\n".join(rows)


def _separator_at(text: str, index: int, depth: int, accepted: dict[str, str]) -> str | None:
    character = text[index]
    if character in "\n•·":
        return "\n"
    if depth:
        return None
    if character in ",;":
        return character
    following = text[index + 1 :]
    if character == "." and (not following or following[0].isspace()):
        return "."
    # "S=small/L=large", "S small | L large": only before what looks like another code.
    if character in "/|" and _starts_pair(following, accepted):
        return ";"
    # "M monthly and A annual", "M monthly or A annual"
    if (
        character.isspace()
        and (found := re.match(r"(?:and|or)\s+", following))
        and _starts_pair(following[found.end() :], accepted)
    ):
        return ";"
    # A folded YAML list: "- A: active - C: churned"
    if (
        character.isspace()
        and re.match(r"[-*]\s", following)
        and _EXPLICIT.match(following[1:].lstrip())
        and _starts_pair(following[1:], accepted)
    ):
        return ";"
    return None


def _starts_pair(text: str, accepted: dict[str, str]) -> bool:
    text = text.lstrip()
    found = _START_OF_PAIR.match(text)
    if not found:
        return False
    code = found["code"].rstrip(".")
    if accepted:
        return code.lower() in accepted
    return not found["word"] and _CODE_SHAPE.match(code) is not None


def _finish(separator: str, part: str, accepted: dict[str, str]) -> Iterator[tuple[str, str]]:
    part = part.replace("\x00", ".").strip()
    while found := _LIST_LEAD.match(part):
        # "1) …" is a numbered list's mark only if the rest is a pair by itself.
        if found.group(0).strip()[:1].isdigit() and _pair(part[found.end() :], accepted) is None:
            break
        part = part[found.end() :]
    if part:
        yield separator, part


def _pair(segment: str, accepted: dict[str, str]) -> _Pair | None:
    """The segment as code and meaning, also behind a lead-in: "Segment: S small business"."""
    found = _plain_pair(segment, accepted)
    if found is not None:
        return found
    for match in re.finditer(r"[:.–—(]\s+|\(|\s-\s", segment):
        if (found := _plain_pair(segment[match.end() :], accepted)) is not None:
            return found
    # "Status where A = active"
    if (embedded := _EMBEDDED.search(segment)) and embedded.start() > 0:
        return _plain_pair(segment[embedded.start() :].lstrip(" (,:"), accepted)
    return None


def _plain_pair(segment: str, accepted: dict[str, str]) -> _Pair | None:
    for pattern in (_CODE_THEN_PARENTHESES, _EXPLICIT, _TIGHT_HYPHEN):
        if (match := pattern.match(segment)) and (code := _code(match["code"], accepted, segment)):
            # "it is nice": a verb after a small word is prose.
            if accepted or "verb" not in match.groupdict() or not match["verb"] or code.isupper():
                return _Pair(code, match["label"], explicit=True)
            if segment[:1] in _QUOTES or code.isdigit():
                return _Pair(code, match["label"], explicit=True)
    # Before the forms that end in the code: "A direct debit (ACH)" explains A.
    if (match := _BARE.match(segment)) and (code := _bare_code(match, accepted)):
        prose_like = not accepted and code.lower() in _PROSE
        return _Pair(code, match["label"], explicit=False, prose_like=prose_like)
    for pattern in (_PARENTHESES_HOLD_CODE, _SIGN_THEN_CODE):
        if (match := pattern.match(segment)) and (code := _code(match["code"], accepted, segment)):
            label = match["label"].rpartition(": ")[2]
            # "Time (UTC)": what is in parentheses is a code only if it abbreviates.
            if accepted or label[:1].lower() == code[:1].lower() or code.isdigit():
                return _Pair(code, label, explicit=True)
    return None


def _code(code: str, accepted: dict[str, str], segment: str) -> str | None:
    if accepted:
        return accepted.get(code.lower())
    quoted = segment[:1] in _QUOTES
    return code if quoted or _CODE_SHAPE.match(code) else None


def _bare_code(match: re.Match[str], accepted: dict[str, str]) -> str | None:
    code = match["code"]
    if accepted:
        # Spelled exactly: "a" of a sentence is not the code A. Whole words explain themselves:
        # "active while employed" does not say what `active` means.
        value = accepted.get(code.lower())
        is_word = len(code) > 3 and code.isalpha() and not code.isupper()
        return value if value == code and not is_word else None
    if code.lower() in _PROSE and not match["open"]:
        # "A active" and "A customer" look alike; without accepted values neither is taken alone,
        # and the other pairs of a real list speak for it.
        return code if code.isupper() and len(match["label"].split()) <= 3 else None
    # "ISO country code: DE Germany" leads in to a list, as does a sign further on.
    if re.search(r"=|:\s", match["label"]):
        return None
    if match["open"] and len(code) <= 12:
        return code
    if not _BARE_CODE_SHAPE.match(code):
        return None
    # "30 days", "USD per seat": units and measures, not codes.
    return None if re.match(r"(?:per|days?|months?|hours?|years?|%)\b", match["label"]) else code
