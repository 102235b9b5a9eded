"""The made-up retailer: reference data, its customers, and three years of what they did."""
