"""Write the demonstration retailer's raw data as CSV files.

The same rows come out on every machine: all randomness starts from one seed, and no clock is read.

    python scripts/generate_seeds.py [--out seeds_data]
"""

from __future__ import annotations

import argparse
import csv
import sys
from pathlib import Path

SCRIPTS = Path(__file__).resolve().parent
if str(SCRIPTS) not in sys.path:  # also when another program loads this file by its path
    sys.path.insert(0, str(SCRIPTS))

from retailer import customers, operations, reference, sales  # noqa: E402
from retailer.clock import Row  # noqa: E402

VERSION = "3"
"""Raise it with every change to the data: the loader then loads again."""

OUT = SCRIPTS.parent / "seeds_data"
_STAMP = ".version"


def generate(out: Path = OUT) -> Path:
    """Write every raw table to `out` as `TABLE.csv`, unless this version is there already."""
    stamp = out / _STAMP
    if stamp.is_file() and stamp.read_text(encoding="utf-8") == VERSION:
        return out
    out.mkdir(parents=True, exist_ok=True)
    stamp.unlink(missing_ok=True)
    for table, rows in _tables().items():
        with (out / f"{table}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, fieldnames=list(rows[0]), lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
    # Last, so that a run that was cut short is not taken for a whole one.
    stamp.write_text(VERSION, encoding="utf-8")
    return out


def _tables() -> dict[str, list[Row]]:
    products, product_facts = reference.product_rows()
    campaigns, campaign_facts = reference.campaign_rows()
    customer_table, people = customers.customer_rows()
    staff = reference.employee_rows()
    trade = sales.sales_rows(people, product_facts, campaign_facts, staff)
    return {
        "regions": reference.region_rows(),
        "districts": reference.district_rows(),
        "stores": reference.store_rows(),
        "warehouses": reference.warehouse_rows(),
        "categories": reference.category_rows(),
        "products": products,
        "campaigns": campaigns,
        "employees": staff,
        "customers": customer_table,
        "subscriptions": customers.subscription_rows(people),
        "orders": trade.orders,
        "order_items": trade.order_items,
        "returns": trade.returns,
        "inventory_snapshots": operations.inventory_rows(product_facts),
        "web_sessions": operations.session_rows(people, trade.facts),
        "marketing_spend": operations.spend_rows(campaign_facts),
        "support_tickets": operations.ticket_rows(trade.facts, people, staff),
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Write the demonstration retailer's raw data.")
    parser.add_argument("--out", type=Path, default=OUT, help="folder for the CSV files")
    print(generate(parser.parse_args().out))
