"""Writes usage.csv: what the sites of the franchise sold online and what Zimmer & Söhne stored, month by month.

Arithmetic instead of chance, so that every run writes the same file: `python demo/make_usage.py > demo/usage.csv`.
"""

import csv
import sys
from collections.abc import Iterator

SITES = [
    f"EMB-{region}{number:02d}" for region, count in (("E", 14), ("W", 14), ("C", 12)) for number in range(1, count + 1)
]
MONTHS = [(2025, 11), (2025, 12), *((2026, month) for month in range(1, 10))]
DAYS = (6, 16, 26)
Event = tuple[str, str, str, str, int]


def orders() -> Iterator[Event]:
    """Three reports a month for each site, 140 to 199 orders each, a little more every month."""
    for month_number, (year, month) in enumerate(MONTHS):
        for site_number, site in enumerate(SITES, 1):
            for day in DAYS:
                quantity = 140 + (site_number * 37 + month_number * 53 + day * 17) % 60 + month_number
                yield (
                    f"{site}-{year}{month:02}{day:02}",
                    site,
                    "orders",
                    f"{year}-{month:02}-{day:02}T17:00:00Z",
                    quantity,
                )


def storage() -> Iterator[Event]:
    """The gigabytes in use on the 20th, growing by 45 a month."""
    for month_number, (year, month) in enumerate(MONTHS):
        yield (
            f"ZIM-1-{year}{month:02}20",
            "ZIM-1",
            "storage",
            f"{year}-{month:02}-20T12:00:00Z",
            180 + 45 * month_number,
        )


def main() -> None:
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(("id", "account", "meter", "timestamp", "quantity"))
    writer.writerows(orders())
    writer.writerows(storage())


if __name__ == "__main__":
    main()
