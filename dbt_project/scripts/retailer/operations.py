"""What goes on around the sales: stock, web sessions, marketing spend, support tickets."""

from __future__ import annotations

from datetime import date, timedelta

from retailer.clock import AS_OF, FIRST_DAY, NOW, Row, days, dice, moment, money, pick
from retailer.customers import Customer
from retailer.reference import WAREHOUSES, Campaign, Product, works_on
from retailer.sales import Order

_SOURCES = (("ORG", 33), ("SEA", 25), ("SOC", 24), ("EML", 9), ("DIR", 9))
# Who knows the house buys more often than who was caught by an advertisement.
_SOURCES_OF_BUYERS = (("ORG", 35), ("SEA", 23), ("SOC", 11), ("EML", 16), ("DIR", 15))
_DEVICES = (("M", 62), ("D", 31), ("T", 7))
_DEVICES_OF_BUYERS = (("M", 50), ("D", 43), ("T", 7))
_LANDING = ("/", "/new", "/sale", "/women", "/men", "/home-goods", "/gift-ideas", "/sale?off=50%")
_SPEND_A_DAY = {"SEA": 31000, "SOC": 24000, "DIS": 11000, "EML": 3000, "AFF": 9000}
_TOPICS = (
    ("Where is my order?", 34), ("Return or exchange", 26), ("Product question", 16),
    ("Billing", 10), ("Subscription", 8), ("Account & login", 6),
)  # fmt: skip


def inventory_rows(products: list[Product]) -> list[Row]:
    """Stock on hand of every product in every warehouse, counted every Monday."""
    rng = dice("inventory")
    rows: list[Row] = []
    for product in products:
        for warehouse_id, _, _, capacity in WAREHOUSES:
            full = int(capacity / 900 * (0.7 + min(product.popularity, 4) / 2))
            on_hand = full
            monday = FIRST_DAY + timedelta(days=-FIRST_DAY.weekday() % 7)
            for day in (monday + timedelta(weeks=w) for w in range((AS_OF - monday).days // 7 + 1)):
                if day < product.launched_on:
                    continue
                on_hand = max(0, on_hand - int(full * rng.uniform(0.04, 0.34)))
                ordered = full - on_hand if on_hand < full * 0.35 and rng.random() < 0.7 else 0
                rows.append(
                    {
                        "product_id": product.product_id,
                        "warehouse_id": warehouse_id,
                        "snapshot_date": day,
                        "units_on_hand": on_hand,
                        "units_on_order": ordered,
                    }
                )
                on_hand += ordered
    return rows


def session_rows(customers: list[Customer], orders: list[Order]) -> list[Row]:
    """Visits to the web shop and the app: those that led to orders, and the many that did not."""
    rng = dice("sessions")
    visits: list[tuple[object, ...]] = []
    for order in orders:
        if order.channel in ("WEB", "APP") and rng.random() < 0.86:
            lead = timedelta(minutes=rng.uniform(4, 60)) * (1 if rng.random() < 0.8 else 90)
            visits.append((order.ordered_at - lead, order.customer_id, True))
    for day in days():
        growth = 1.2 ** ((day - FIRST_DAY).days / 365)
        for _ in range(int(19 * growth * rng.uniform(0.7, 1.3))):
            known = rng.random() < 0.45
            customer = customers[rng.randrange(len(customers))]
            own = known and customer.signed_up_at.date() < day
            visits.append((moment(rng, day, 0, 24), customer.customer_id if own else None, False))
    rows: list[Row] = []
    visits.sort(key=lambda v: (str(v[0]), str(v[1])))
    for started_at, customer_id, bought in visits:
        pages = rng.randint(4, 22) if bought else max(1, int(rng.expovariate(1 / 3.2)))
        seconds = None if pages == 1 else int(pages * rng.uniform(12, 70))
        rows.append(
            {
                "session_id": f"s{len(rows) + 1:06d}",
                "customer_id": customer_id,
                "device_code": pick(rng, _DEVICES_OF_BUYERS if bought else _DEVICES),
                "traffic_source_code": pick(rng, _SOURCES_OF_BUYERS if bought else _SOURCES),
                "landing_page": rng.choice(_LANDING),
                "pages_viewed": pages,
                "duration_seconds": seconds,
                "started_at": str(started_at)[:19],
            }
        )
    return rows


def spend_rows(campaigns: list[Campaign]) -> list[Row]:
    """What each advertising channel cost, day by day."""
    rng = dice("spend")
    rows: list[Row] = []
    for day in days():
        running = next((c for c in campaigns if c.starts_on <= day <= c.ends_on), None)
        growth = 1.17 ** ((day - FIRST_DAY).days / 365)
        for channel, base in _SPEND_A_DAY.items():
            if channel == "AFF" and day < date(2023, 6, 1):
                continue  # affiliates came later
            cents = int(base * growth * (1.8 if running else 1.0) * rng.uniform(0.75, 1.25))
            impressions = int(cents * rng.uniform(1.6, 3.4))
            rows.append(
                {
                    "spend_id": len(rows) + 1,
                    "spend_date": day,
                    "channel_code": channel,
                    "campaign_id": running.campaign_id if running else None,
                    "spend_amount": money(cents),
                    "impressions": impressions if channel != "EML" else None,
                    "clicks": int(impressions * rng.uniform(0.008, 0.03)),
                }
            )
    return rows


def ticket_rows(orders: list[Order], customers: list[Customer], staff: list[Row]) -> list[Row]:
    """Requests for help, with who answered and how happy the customer was."""
    rng = dice("tickets")
    agents = [e for e in staff if e["job_title"] == "Support Agent"]
    rows: list[Row] = []
    for order in orders:
        if rng.random() > 0.115:
            continue
        about_order = rng.random() < 0.8
        opened = order.ordered_at + timedelta(hours=rng.uniform(2, 400))
        if opened > NOW:
            continue
        priority = pick(rng, (("L", 30), ("N", 48), ("H", 17), ("U", 5)))
        pace = {"L": 1.6, "N": 1.0, "H": 0.5, "U": 0.2}[priority]
        # The team grew: answers came slower in 2023 than now.
        pace *= 1.35 if opened.year <= 2023 else 1.0
        replied = opened + timedelta(hours=rng.expovariate(1 / 7) * pace + 0.1)
        solved = replied + timedelta(hours=rng.expovariate(1 / 26) * pace)
        resolved_at = solved if solved <= NOW and rng.random() < 0.97 else None
        rows.append(
            {
                "ticket_id": len(rows) + 1,
                "customer_id": order.customer_id,
                "order_id": order.order_id if about_order else None,
                "agent_employee_id": rng.choice(
                    [e["employee_id"] for e in agents if works_on(e, opened.date())]
                ),
                "topic": pick(rng, _TOPICS),
                "contact_channel_code": pick(rng, (("EM", 46), ("CH", 34), ("PH", 20))),
                "priority_code": priority,
                "status_code": "S" if resolved_at else "O",
                "satisfaction_score": pick(rng, ((5, 44), (4, 26), (3, 14), (2, 8), (1, 8)))
                if resolved_at and rng.random() < 0.58
                else None,
                "opened_at": opened.replace(microsecond=0),
                "first_replied_at": replied.replace(microsecond=0) if replied <= NOW else None,
                "resolved_at": resolved_at and resolved_at.replace(microsecond=0),
            }
        )
    return rows
