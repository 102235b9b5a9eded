"""Who buys: customers and their subscriptions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from retailer.clock import AS_OF, NOW, Row, dice, moment, money, pick
from retailer.reference import person_name

_COUNT = 5200
_FIRST_SIGNUP = date(2020, 3, 2)
_REGION_WEIGHTS = ((1, 24), (2, 18), (3, 22), (4, 20), (5, 10), (6, 6))
# With the share of the region's customers who live there, in per cent.
_CITIES = {
    1: (("New York", 42), ("Boston", 30), ("Providence", 11), ("Hartford", 9), ("Albany", 8)),
    2: (("Chicago", 48), ("Minneapolis", 21), ("Detroit", 18), ("Milwaukee", 13)),
    3: (("Houston", 34), ("Atlanta", 31), ("Raleigh", 19), ("New Orleans", 12),
        ("Coeur d'Alene Park", 4)),
    4: (("Los Angeles", 30), ("San Francisco", 28), ("Seattle", 22), ("Portland", 12),
        ("Oakland", 8)),
    5: (("Toronto", 46), ("Montréal", 33), ("Ottawa", 14), ("Québec City", 7)),
    6: (("Vancouver", 55), ("Calgary", 34), ("Victoria", 11)),
}  # fmt: skip
_PLANS = (("BAS", 1900, 55), ("PLU", 3500, 32), ("FAM", 5500, 13))


@dataclass(frozen=True)
class Customer:
    """What the other generators need to know of a customer; some never buy."""

    customer_id: int
    region_id: int
    signed_up_at: datetime
    buys: bool


def customer_rows() -> tuple[list[Row], list[Customer]]:
    """Customers in order of sign-up; more of them every year."""
    rng = dice("customers")
    span = (AS_OF - _FIRST_SIGNUP).days
    # The root bends the curve: later days see more sign-ups.
    offsets = sorted(int(span * rng.random() ** 0.72) for _ in range(_COUNT))
    rows: list[Row] = []
    customers: list[Customer] = []
    for number, offset in enumerate(offsets, start=1):
        region_id = pick(rng, _REGION_WEIGHTS)
        first, last = person_name(rng.randrange(10_000), rng.randrange(10_000))
        signed_up_at = moment(rng, _FIRST_SIGNUP + timedelta(days=offset), 7, 20)
        born = date(1945, 1, 1) + timedelta(days=rng.randint(0, 365 * 61))
        rows.append(
            {
                "customer_id": number,
                "first_name": first,
                "last_name": last,
                "email": f"customer{number}@mail.example" if rng.random() < 0.97 else None,
                "phone": f"+1-555-{number:07d}" if rng.random() < 0.7 else None,
                "birth_date": born if rng.random() < 0.81 else None,
                "gender_code": pick(rng, (("F", 50), ("M", 36), ("X", 3), (None, 11))),
                "region_id": region_id,
                "city": pick(rng, _CITIES[region_id]),
                "loyalty_tier_code": pick(
                    rng, (("B", 48), ("S", 22), ("G", 11), ("P", 4), (None, 15))
                ),
                "acquisition_channel_code": pick(
                    rng, (("ORG", 30), ("SEA", 22), ("SOC", 20), ("REF", 12), ("STO", 16))
                ),
                "is_marketing_opt_in": "true" if rng.random() < 0.63 else "false",
                "signed_up_at": signed_up_at,
            }
        )
        customers.append(Customer(number, region_id, signed_up_at, rng.random() > 0.08))
    return rows, customers


def subscription_rows(customers: list[Customer]) -> list[Row]:
    """The monthly style box: who takes it, on which plan, until when."""
    rng = dice("subscriptions")
    rows: list[Row] = []
    for customer in customers:
        if rng.random() > 0.19:
            continue
        earliest = max(customer.signed_up_at, datetime(2022, 10, 1))
        started = earliest + timedelta(days=rng.randint(0, 240), hours=rng.randint(0, 9))
        if started > NOW:
            continue
        plan, fee, _ = rng.choices(_PLANS, [p[2] for p in _PLANS])[0]
        months = int(rng.expovariate(1 / 17)) + 1
        cancelled: datetime | None = started + timedelta(days=30 * months, hours=rng.randint(0, 12))
        if cancelled is not None and cancelled > NOW:
            cancelled = None
        status = "C" if cancelled else pick(rng, (("A", 94), ("P", 6)))
        rows.append(
            {
                "subscription_id": len(rows) + 1,
                "customer_id": customer.customer_id,
                "plan_code": plan,
                "status_code": status,
                "monthly_fee": money(fee),
                "started_at": started,
                "cancelled_at": cancelled,
                "cancel_reason": pick(
                    rng, (("too expensive", 38), ("too many clothes", 27), ("moved", 9), (None, 26))
                )
                if cancelled
                else None,
            }
        )
    return rows
