"""What customers bought and brought back: orders, order items, returns."""

from __future__ import annotations

import bisect
import itertools
import random
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from retailer.clock import FIRST_DAY, NOW, Row, days, dice, moment, money, pick
from retailer.customers import Customer
from retailer.reference import DISTRICTS, STORES, Campaign, Product, works_on

_MONTH = (0.80, 0.78, 0.90, 0.95, 1.0, 1.0, 0.96, 1.04, 0.99, 1.03, 1.42, 1.58)
_WEEKDAY = (0.88, 0.87, 0.90, 0.95, 1.10, 1.25, 1.05)
_FIRST_YEAR_ORDERS_A_DAY = 18.0
_YEARLY_GROWTH = 1.24
# Winter coats in winter, sandals in summer: factor by category, then by month.
_SEASONAL = {
    3: (1.5, 1.4, 1.1, 0.8, 0.6, 0.4, 0.4, 0.6, 1.1, 1.4, 1.6, 1.7),
    4: (1.6, 1.3, 1.0, 0.7, 0.5, 0.3, 0.3, 0.5, 1.1, 1.5, 1.7, 1.6),
    5: (0.5, 0.7, 1.0, 1.3, 1.6, 1.7, 1.6, 1.2, 0.9, 0.7, 0.7, 1.0),
    7: (1.4, 1.2, 0.9, 0.7, 0.5, 0.4, 0.4, 0.7, 1.3, 1.6, 1.6, 1.5),
    14: (0.9, 0.8, 1.0, 1.0, 0.9, 0.8, 1.1, 1.8, 1.2, 0.9, 1.1, 1.4),
    15: (0.6, 0.6, 0.8, 0.8, 0.8, 0.9, 0.8, 0.7, 0.8, 0.9, 1.8, 2.6),
}
# Share of delivered items that come back, by category: what has to fit comes back most.
_RETURN_RATE = {
    1: 0.08, 2: 0.12, 3: 0.07, 4: 0.10, 5: 0.15, 6: 0.13, 7: 0.14, 8: 0.05, 9: 0.04, 10: 0.06,
    11: 0.035, 12: 0.03, 13: 0.015, 14: 0.065, 15: 0.025,
}  # fmt: skip
# What was tried on in a store comes back less.
_RETURNS_BY_CHANNEL = {"WEB": 1.1, "APP": 1.15, "PHN": 1.0, "STO": 0.65}
# How many different items: people fill a basket online for free shipping, and stop by a store.
_BASKETS = {
    "WEB": ((1, 35), (2, 29), (3, 19), (4, 11), (6, 6)),
    "APP": ((1, 44), (2, 29), (3, 15), (4, 8), (6, 4)),
    "STO": ((1, 48), (2, 27), (3, 14), (4, 7), (6, 4)),
    "PHN": ((1, 30), (2, 28), (3, 20), (4, 13), (6, 9)),
}
_REGION_OF_STORE = {s[0]: next(d[2] for d in DISTRICTS if d[0] == s[3]) for s in STORES}


@dataclass(frozen=True)
class Order:
    """What the other generators need to know of an order."""

    order_id: int
    customer_id: int
    channel: str
    ordered_at: datetime
    delivered_at: datetime | None
    cancelled: bool


@dataclass(frozen=True)
class Sales:
    """Orders with their items and returns."""

    orders: list[Row]
    order_items: list[Row]
    returns: list[Row]
    facts: list[Order]


def sales_rows(
    customers: list[Customer], products: list[Product], campaigns: list[Campaign], staff: list[Row]
) -> Sales:
    """Three years of trade, day by day."""
    rng = dice("orders")
    sales = Sales([], [], [], [])
    signups = [c.signed_up_at.date() for c in customers]
    baskets = {month: _basket_weights(products, month) for month in range(1, 13)}
    for day in days():
        growth = _YEARLY_GROWTH ** ((day - FIRST_DAY).days / 365)
        running = [c for c in campaigns if c.starts_on <= day <= c.ends_on]
        lift = 1.0 + (0.01 * running[0].discount_percent if running else 0.0)
        mean = _FIRST_YEAR_ORDERS_A_DAY * growth * _MONTH[day.month - 1] * _WEEKDAY[day.weekday()]
        known = bisect.bisect_left(signups, day)
        for _ in range(int(mean * lift * rng.uniform(0.78, 1.22) + 0.5)):
            customer = _buyer(rng, customers, known)
            campaign = running[0] if running and rng.random() < 0.55 else None
            _add_order(rng, sales, day, customer, campaign, staff)
            _add_items(rng, sales, products, baskets[day.month], campaign)
    return sales


def _buyer(rng: random.Random, customers: list[Customer], known: int) -> Customer:
    while True:
        draw = rng.random()
        if draw < 0.30:
            index = rng.randrange(max(0, known - 450), known)
        elif draw < 0.55:
            index = rng.randrange(known) // 9 * 9
        else:
            index = rng.randrange(known)
        if customers[index].buys:
            return customers[index]


def _basket_weights(products: list[Product], month: int) -> list[float]:
    weights = (
        p.popularity * _SEASONAL.get(p.category_id, (1.0,) * 12)[month - 1] for p in products
    )
    return list(itertools.accumulate(weights))


def _store(rng: random.Random, region_id: int, day: date) -> int:
    open_stores = [
        s
        for s in STORES
        if date.fromisoformat(s[6]) <= day and (s[7] is None or day < date.fromisoformat(s[7]))
    ]
    near = [s for s in open_stores if _REGION_OF_STORE[s[0]] == region_id]
    # People shop near home, except when they travel.
    choice = near if near and rng.random() < 0.9 else open_stores
    return rng.choices([s[0] for s in choice], [3 if s[4] == "FLG" else 1 for s in choice])[0]


def _add_order(
    rng: random.Random,
    sales: Sales,
    day: date,
    customer: Customer,
    campaign: Campaign | None,
    staff: list[Row],
) -> None:
    online = (day - FIRST_DAY).days / 1100
    channel = pick(
        rng,
        (("WEB", 42 + 4 * online), ("APP", 9 + 12 * online), ("STO", 43 - 14 * online), ("PHN", 4)),
    )
    ordered_at = moment(rng, day, 9 if channel == "STO" else 6, 20 if channel == "STO" else 24)
    store_id = _store(rng, customer.region_id, day) if channel == "STO" else None
    shipped_at = delivered_at = None
    if channel == "STO":
        delivered_at = ordered_at
    else:
        shipped_at = ordered_at + timedelta(hours=rng.uniform(5, 70))
        delivered_at = shipped_at + timedelta(hours=rng.uniform(24, 150))
    cancelled = channel != "STO" and rng.random() < 0.045
    if cancelled:
        shipped_at = delivered_at = None
    shipped_at = shipped_at if shipped_at and shipped_at <= NOW else None
    delivered_at = delivered_at if delivered_at and delivered_at <= NOW else None
    status = "C" if cancelled else "D" if delivered_at else "S" if shipped_at else "P"
    order_id = len(sales.orders) + 1
    clerks = [
        e["employee_id"]
        for e in staff
        if store_id and e["store_id"] == store_id and works_on(e, day)
    ]
    sales.orders.append(
        {
            "order_id": order_id,
            "customer_id": customer.customer_id,
            "store_id": store_id,
            "employee_id": rng.choice(clerks) if clerks and rng.random() < 0.9 else None,
            "campaign_id": campaign.campaign_id if campaign else None,
            "channel_code": channel,
            "status_code": status,
            "payment_method_code": pick(
                rng, (("CC", 58), ("DC", 18), ("PP", 14), ("GC", 5), ("BN", 5))
            ),
            "shipping_fee": "0.00" if channel == "STO" or rng.random() < 0.6 else "6.95",
            "ordered_at": ordered_at.replace(microsecond=0),
            "shipped_at": shipped_at and shipped_at.replace(microsecond=0),
            "delivered_at": delivered_at and delivered_at.replace(microsecond=0),
            "gift_message": "Happy birthday! {from all of us}" if rng.random() < 0.02 else None,
        }
    )
    sales.facts.append(
        Order(order_id, customer.customer_id, channel, ordered_at, delivered_at, cancelled)
    )


def _add_items(
    rng: random.Random,
    sales: Sales,
    products: list[Product],
    weights: list[float],
    campaign: Campaign | None,
) -> None:
    order = sales.facts[-1]
    day = order.ordered_at.date()
    inflation = 1 + 0.03 * ((day - FIRST_DAY).days // 365)
    wanted = pick(rng, _BASKETS[order.channel])
    chosen: set[int] = set()
    while len(chosen) < wanted:
        product = rng.choices(products, cum_weights=weights)[0]
        if product.launched_on <= day:
            chosen.add(product.product_id)
    for product_id in sorted(chosen):
        product = products[product_id - 1]
        quantity = pick(rng, ((1, 82), (2, 14), (3, 4)))
        price = int(product.price_cents * inflation)
        percent = campaign.discount_percent if campaign else 0
        discount = price * quantity * percent // 100
        item_id = len(sales.order_items) + 1
        sales.order_items.append(
            {
                "order_item_id": item_id,
                "order_id": order.order_id,
                "product_id": product_id,
                "quantity": quantity,
                "unit_price": money(price),
                "discount_amount": money(discount),
            }
        )
        rate = _RETURN_RATE[product.category_id] * _RETURNS_BY_CHANNEL[order.channel]
        if order.delivered_at and rng.random() < rate:
            back = 1 if quantity == 1 or rng.random() < 0.6 else quantity
            returned_at = order.delivered_at + timedelta(days=rng.uniform(1, 30))
            if returned_at <= NOW:
                sales.returns.append(
                    {
                        "return_id": len(sales.returns) + 1,
                        "order_item_id": item_id,
                        "quantity": back,
                        "refund_amount": money((price * quantity - discount) * back // quantity),
                        "reason_code": pick(
                            rng,
                            (
                                ("SIZ", 41),
                                ("DMG", 12),
                                ("MND", 27),
                                ("WRG", 8),
                                ("LTE", 5),
                                (None, 7),
                            ),
                        ),
                        "returned_at": returned_at.replace(microsecond=0),
                    }
                )
