"""Every number that the planner's decisions rest on, in one table.

The values are priors set by hand and checked on several projects; a learned model can replace them
without touching the code that uses them.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Weights:
    """Strengths are 0..1; the others are in units of one fully explained content word."""

    related: float = 0.85
    """Strength of a lexicon relation relative to the word itself."""
    same_root: float = 0.88
    """Strength of a word of the same family (cancel, cancellation)."""
    abbreviation: float = 0.9
    """Strength of a written-out abbreviation."""
    described: float = 0.45
    """Strength with which a description explains a word that no name explains."""

    unsaid: float = 0.9
    """Cost of a name whose words were not said at all; proportional to the unsaid part."""
    value_prior: float = -0.1
    """Values are many: a mention of one needs to earn a little more."""
    value_hop: float = -0.08
    """Cost of each join to reach a dimension."""
    boolean_prior: float = -0.15
    extra_metric: float = -0.3
    """Cost of a metric after the first without coordination."""
    wrong_aggregation: float = -0.9
    right_aggregation: float = 0.25
    value_of_group: float = 0.12
    """A filter value whose own dimension is also named ('the Berlin store')."""
    entity_metric: float = -0.25
    """A metric known only by the name of its entity ('customers')."""
    leftover: float = 1.0
    """Cost of a content word that nothing explains, times its information."""

    refuse_leftover: float = 0.62
    """Leftover information of one word from which the question is not answered."""
    clarify_margin: float = 0.12
    """Two readings closer than this are shown to the person."""
    confidence_base: float = 0.8
    """Log-odds of a flawless reading before its evidence; fitted on questions to four projects."""
    answer_confidence: float = 0.78
    """Default of the setting `clarify_threshold`."""

    doubtful_value: float = -0.35
    """A value of one short word, or of a nickname, written in lower case."""
    unsaid_word: float = 0.15
    """Cost of each word of its dimension's name, but the first, that is nowhere near a value."""
    value_or_noun: float = 0.35
    """A value whose words are also the name of a dimension or entity ("division")."""
    metric_as_group: float = 0.5
    """A metric found in what the answer is broken down by ("top 5 customers")."""
    borrowed: float = 0.6
    """A dimension or entity found by a related word in the name of a metric."""
    counted: float = 0.8
    """A grouping by what is counted ("number of orders")."""
    crowded: float = 0.5
    """A grouping right behind another one."""
    ownerless: float = 0.8
    """A grouping called only "name" or "type" of something that the question does not ask for."""
    foreign_anchor: float = 0.35
    """A date of something that the question does not speak of."""
    direction: float = 0.3
    """A value whose preposition agrees with the end of the movement ("to Dubai"), or does not."""
    role_said: float = 0.12
    """A word of the entity's own name that the question says too ("treated": treating doctor)."""
    unsaid_rate: float = 0.4
    """A rate or share where the question speaks of none."""
    values_together: float = 0.3
    """A value listed beside another of its dimension ("e-mail, chat and phone")."""
    counted_by_value: float = 0.1
    """The number of an entity's rows where a question counts what only a value names."""
    unsaid_statistic: float = 0.3
    """An average, median or extreme where the question speaks of none."""
    list_by: float = 1.0
    """A plain list where the question says "by" or "per": that breaks a figure down."""
    skeleton: float = 0.75
    """Strength of a word for an unknown abbreviation of it ("acft" for aircraft)."""
    part_of_value: float = 0.8
    """Strength of a rare word for the only value that has it ("Heathrow")."""


WEIGHTS = Weights()
# From here on an unused word is told.
TELLING_WEIGHT = 0.4
