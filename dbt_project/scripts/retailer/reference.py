"""What changes slowly: regions, stores, warehouses, products, campaigns, people."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from retailer.clock import AS_OF, Row, dice, money

REGIONS = (
    (1, "Northeast", "US", "United States"),
    (2, "Midwest", "US", "United States"),
    (3, "South", "US", "United States"),
    (4, "West", "US", "United States"),
    (5, "Eastern Canada", "CA", "Canada"),
    (6, "Western Canada", "CA", "Canada"),
)
DISTRICTS = (
    (1, "Greater Boston", 1, "Maeve O'Connor"),
    (2, "Hudson Valley", 1, "Luis Ortega"),
    (3, "Great Lakes", 2, "Priya Raman"),
    (4, "Gulf Coast", 3, "Dana Whitfield"),
    (5, "Piedmont", 3, "Marcus Bell"),
    (6, "Bay Area", 4, "Hana Sato"),
    (7, "Cascadia", 4, "Owen Lindqvist"),
    (8, "St. Lawrence", 5, "Élodie Tremblay"),
    (9, "Prairies & Pacific", 6, "Grace Chen"),
)
# Names with quotes, per cent signs and braces are there on purpose: they break careless SQL.
STORES = (
    (1, "BOS1", "Beacon Street", 1, "FLG", "Boston", "2014-03-15", None, 8200),
    (2, "BOS2", "Faneuil's Corner", 1, "STD", "Boston", "2017-09-01", None, 3900),
    (3, "ALB1", "50% Outlet Albany", 2, "OUT", "Albany", "2018-05-20", None, 6100),
    (4, "NYC1", "Union Square", 2, "FLG", "New York", "2015-10-10", None, 9400),
    (5, "CHI1", "O'Hare Concourse", 3, "STD", "Chicago", "2016-04-04", None, 2100),
    (6, "CHI2", "Magnificent Mile", 3, "FLG", "Chicago", "2015-06-12", None, 8800),
    (7, "MIL1", "Third Ward", 3, "STD", "Milwaukee", "2019-08-24", "2024-06-30", 3200),
    (8, "HOU1", "Montrose", 4, "STD", "Houston", "2018-02-17", None, 4300),
    (9, "NOL1", "Magazine Street", 4, "STD", "New Orleans", "2020-11-07", None, None),
    (10, "RAL1", 'Raleigh "Warehouse" District', 5, "OUT", "Raleigh", "2019-03-30", None, 5600),
    (11, "ATL1", "Ponce City", 5, "STD", "Atlanta", "2021-05-15", None, 4100),
    (12, "SFO1", "Fisherman's Wharf", 6, "FLG", "San Francisco", "2016-07-01", None, 7600),
    (13, "OAK1", "{Pop-up} Oakland", 6, "POP", "Oakland", "2024-04-01", None, None),
    (14, "SEA1", "Pike & Pine", 7, "STD", "Seattle", "2018-10-13", None, 4500),
    (15, "PDX1", "Hawthorne", 7, "STD", "Portland", "2022-03-05", None, 3700),
    (16, "MTL1", "Rue Sainte-Catherine", 8, "FLG", "Montréal", "2019-11-02", None, 6900),
    (17, "TOR1", "Queen West", 8, "STD", "Toronto", "2021-09-18", None, 4000),
    (18, "VAN1", "Granville", 9, "STD", "Vancouver", "2023-05-06", None, 3800),
)
WAREHOUSES = (
    (1, "Harrisburg Distribution Center", 1, 60000),
    (2, "Reno Distribution Center", 4, 45000),
    (3, "Mississauga Fulfillment Hub", 5, 25000),
)
CATEGORIES = (
    (1, "Shirts", "Apparel"),
    (2, "Trousers", "Apparel"),
    (3, "Knitwear", "Apparel"),
    (4, "Outerwear", "Apparel"),
    (5, "Dresses", "Apparel"),
    (6, "Sneakers", "Footwear"),
    (7, "Boots", "Footwear"),
    (8, "Bags", "Accessories"),
    (9, "Hats & Scarves", "Accessories"),
    (10, "Jewelry", "Accessories"),
    (11, "Bedding", "Home"),
    (12, "Kitchen", "Home"),
    (13, "Candles", "Home"),
    (14, "Kids' Clothing", "Kids"),
    (15, "Toys", "Kids"),
)
# category: (lowest price, highest price, names of products)
_RANGES: dict[int, tuple[int, int, tuple[str, ...]]] = {
    1: (28, 79, ("100% Cotton Crew Tee", "Oxford Shirt", "O'Reilly Flannel", "Linen Camp Shirt",
                 "Henley", "Poplin Blouse", "Striped Breton Top", "Chambray Work Shirt")),
    2: (48, 128, ("Men's Slim Chino", "Wide-Leg Trouser", "Selvedge Jean", "Cargo Pant",
                  "Pleated Trouser", "Drawstring Jogger", "Corduroy Pant", "Tapered Jean")),
    3: (58, 168, ("Merino Crew", "Cable Cardigan", "Half-Zip Fleece", "Cashmere V-Neck",
                  "Fisherman's Sweater", "Lambswool Vest", "Ribbed Turtleneck", "Alpaca Pullover")),
    4: (98, 348, ("Waxed Jacket", "Down Parka", "Trench Coat", "Denim Jacket", "Rain Shell",
                  "Quilted Liner", "Wool Overcoat", "Bomber")),
    5: (68, 198, ("Wrap Dress", "Shirt Dress", "Slip Dress", "Linen Sundress", "Knit Midi",
                  "Tiered Maxi", "Wool Pinafore", "Party Dress")),
    6: (78, 158, ("Court Sneaker", "Trail Runner", "Canvas Low", "Retro Runner",
                  "Slip-On", "High-Top", "Gum Sole Trainer", "Recycled Knit Sneaker")),
    7: (138, 298, ("Chelsea Boot", "Lace-Up Boot", "Hiker's Boot", "Ankle Boot",
                   "Rain Boot", "Suede Chukka", "Western Boot", "Winter Pac Boot")),
    8: (58, 258, ("Canvas Tote", "Weekender", "Crossbody", "Leather Backpack",
                  "Belt Bag", "Bucket Bag", "Laptop Sleeve", "Market Basket")),
    9: (18, 88, ("Wool Beanie", "Bucket Hat", "Plaid Scarf", "Silk Bandana",
                 "Straw Hat", "Cashmere Wrap", "Baseball Cap", "Leather Gloves")),
    10: (24, 188, ("Gold Hoops", "Signet Ring", "Pearl Studs", "Chain Necklace",
                   "Charm Bracelet", "Beaded Anklet", "Cuff", "Pendant {Limited Edition}")),
    11: (38, 228, ("Percale Sheet Set", "Linen Duvet", "Wool Throw", "Down Pillow",
                   "Waffle Blanket", "Quilt", "Silk Pillowcase", "Mattress Topper 2\"")),
    12: (16, 148, ("Stoneware Mug", "Chef's Knife", "Cast Iron Pan", "Linen Apron",
                   "Olive Board", "Glass Carafe", "Dinner Plate Set", "Pour-Over Set")),
    13: (14, 58, ("Cedar Candle", "Fig Candle", "Sea Salt Candle", "Vanilla Tin",
                  "Beeswax Tapers", "Holiday Pine Candle", "Diffuser", "Citrus Votive")),
    14: (18, 68, ("Kids' \"Dino\" Hoodie", "Kids' Rain Jacket", "Toddler Overalls", "Baby Romper",
                  "Kids' Pajamas", "Kids' Leggings", "Kids' Tee", "Kids' Cardigan")),
    15: (12, 78, ("Wooden Blocks", "Plush Bear", "Puzzle: World Map", "Stacking Rings",
                  "Play Kitchen", "Card Game", "Kite", "Train Set")),
}  # fmt: skip
_COLORS = ("black", "navy", "olive", "cream", "rust", "grey", None)
_CAMPAIGNS = (
    ("Winter Sale - Up to 50% Off", "PRM", (1, 2), (1, 21), 20),
    ("Valentine's Day", "SEA", (2, 3), (2, 14), 10),
    ("Spring Refresh", "SEA", (3, 20), (4, 12), 10),
    ("Friends & Family", "LOY", (5, 9), (5, 18), 25),
    ("Summer Sale", "PRM", (7, 1), (7, 20), 20),
    ("Back to School", "SEA", (8, 10), (9, 5), 15),
    ("Black Friday", "PRM", (11, 20), (12, 1), 25),
    ("Holiday Gifting", "SEA", (12, 5), (12, 23), 10),
)
_FIRST_NAMES = (
    "Olivia", "Noah", "Emma", "Liam", "Ava", "Mateo", "Sofia", "Elijah", "Mia", "Lucas", "Amara",
    "Ethan", "Zoë", "Aiden", "Leila", "Jack", "Priya", "Omar", "Chloé", "Daniel", "Grace", "Hiro",
    "Nadia", "Samuel", "Ines", "Theo", "Maya", "Victor", "Ruth", "Caleb", "Yara", "Felix",
)  # fmt: skip
_LAST_NAMES = (
    "O'Brien", "Smith", "García", "Nguyen", "Patel", "Johnson", "Kim", "D'Angelo", "Brown",
    "Müller",
    "Lee", "Martin", "Okafor", "Davis", "Rossi", "Tremblay", "Wilson", "Haddad", "Clark", "Silva",
    "Ivanov", "Moore", "Chen", "Roy", "Murphy", "Adams", "Khan", "St. Pierre", "Young", "Novak",
)  # fmt: skip


@dataclass(frozen=True)
class Product:
    """What the other generators need to know of a product."""

    product_id: int
    category_id: int
    price_cents: int
    launched_on: date
    popularity: float


@dataclass(frozen=True)
class Campaign:
    """What the other generators need to know of a campaign."""

    campaign_id: int
    starts_on: date
    ends_on: date
    discount_percent: int


def region_rows() -> list[Row]:
    """Sales regions with their country."""
    keys = ("region_id", "region_name", "country_code", "country_name")
    return [dict(zip(keys, row, strict=True)) for row in REGIONS]


def district_rows() -> list[Row]:
    """Groups of stores, each with a manager."""
    keys = ("district_id", "district_name", "region_id", "district_manager")
    return [dict(zip(keys, row, strict=True)) for row in DISTRICTS]


def store_rows() -> list[Row]:
    """Shops, some closed."""
    keys = ("store_id", "store_code", "store_name", "district_id", "store_type_code", "city",
            "opened_on", "closed_on", "square_feet")  # fmt: skip
    return [dict(zip(keys, row, strict=True)) for row in STORES]


def warehouse_rows() -> list[Row]:
    """Where stock lies."""
    keys = ("warehouse_id", "warehouse_name", "region_id", "capacity_units")
    return [dict(zip(keys, row, strict=True)) for row in WAREHOUSES]


def category_rows() -> list[Row]:
    """Product categories with their department."""
    keys = ("category_id", "category_name", "department")
    return [dict(zip(keys, row, strict=True)) for row in CATEGORIES]


def product_rows() -> tuple[list[Row], list[Product]]:
    """Everything that is or was for sale."""
    rng = dice("products")
    rows: list[Row] = []
    products: list[Product] = []
    for category_id, (low, high, names) in _RANGES.items():
        for name in names:
            product_id = len(rows) + 1
            price = rng.randint(low, high) * 100 - (5 if rng.random() < 0.5 else 0)
            # One in eight came out during the three years; the rest were there before.
            late = rng.random() < 0.12
            launched = date(2022, 1, 3) + timedelta(days=rng.randint(400, 1250) if late else 0)
            status = "D" if rng.random() < 0.07 and not late else "A"
            rows.append(
                {
                    "product_id": product_id,
                    "sku": f"{category_id:02d}-{product_id:04d}",
                    "product_name": name,
                    "category_id": category_id,
                    "color": rng.choice(_COLORS),
                    "status_code": status,
                    "list_price": money(price),
                    "unit_cost": money(int(price * rng.uniform(0.34, 0.56))),
                    "launched_on": launched,
                }
            )
            # Some sell much better than others, but none carries the house.
            popularity = min(rng.paretovariate(1.6), 4.0)
            products.append(Product(product_id, category_id, price, launched, popularity))
    # Announced, not sold yet.
    for name, category_id in (("Heated Vest", 4), ("Travel Kettle", 12)):
        product_id = len(rows) + 1
        rows.append(
            {
                "product_id": product_id,
                "sku": f"{category_id:02d}-{product_id:04d}",
                "product_name": name,
                "category_id": category_id,
                "color": None,
                "status_code": "P",
                "list_price": "89.00",
                "unit_cost": "38.50",
                "launched_on": date(2025, 11, 3),
            }
        )
    return rows, products


def campaign_rows() -> tuple[list[Row], list[Campaign]]:
    """The marketing calendar."""
    rows: list[Row] = []
    campaigns: list[Campaign] = []
    for year in (2022, 2023, 2024, 2025):
        for name, kind, first, last, discount in _CAMPAIGNS:
            starts_on, ends_on = date(year, *first), date(year, *last)
            if starts_on > AS_OF or ends_on < date(2022, 10, 1):
                continue
            campaign = Campaign(len(rows) + 1, starts_on, ends_on, discount)
            campaigns.append(campaign)
            rows.append(
                {
                    "campaign_id": campaign.campaign_id,
                    "campaign_name": f"{name} {year}",
                    "campaign_type_code": kind,
                    "starts_on": starts_on,
                    "ends_on": ends_on,
                    "discount_percent": discount,
                }
            )
    return rows, campaigns


def person_name(rng_index: int, other_index: int) -> tuple[str, str]:
    """A first and a last name."""
    return (
        _FIRST_NAMES[rng_index % len(_FIRST_NAMES)],
        _LAST_NAMES[other_index % len(_LAST_NAMES)],
    )


def works_on(employee: Row, day: date) -> bool:
    """Whether someone was employed on that day."""
    hired, left = employee["hired_on"], employee["left_on"]
    assert isinstance(hired, date)
    return hired <= day and not (isinstance(left, date) and left < day)


def employee_rows() -> list[Row]:
    """Store staff, then support agents. Managers come first in each store."""
    rng = dice("employees")
    rows: list[Row] = []

    def add(store_id: int | None, title: str, manager: int | None, hired: date, wage: int) -> int:
        employee_id = len(rows) + 1
        first, last = person_name(rng.randrange(1000), rng.randrange(1000))
        left = None
        if title == "Sales Associate" and rng.random() < 0.22:
            left = hired + timedelta(days=rng.randint(120, 1500))
            left = left if left <= AS_OF else None
        rows.append(
            {
                "employee_id": employee_id,
                "full_name": f"{first} {last}",
                "work_email": f"staff{employee_id}@harborandpine.example",
                "store_id": store_id,
                "job_title": title,
                "manager_employee_id": manager,
                "hired_on": hired,
                "left_on": left,
                "hourly_wage": money(wage),
            }
        )
        return employee_id

    for store in STORES:
        opened = date.fromisoformat(store[6])
        manager = add(store[0], "Store Manager", None, opened, rng.randint(2900, 3900))
        for _ in range(6 if store[4] == "FLG" else 4):
            hired = opened + timedelta(days=rng.randint(0, max(1, (AS_OF - opened).days - 60)))
            add(store[0], "Sales Associate", manager, hired, rng.randint(1600, 2300))
    lead = add(None, "Support Lead", None, date(2019, 2, 4), 3500)
    for number in range(9):
        hired = date(2020, 1, 6) + timedelta(days=210 * number)
        add(None, "Support Agent", lead, hired, rng.randint(1800, 2400))
    return rows
