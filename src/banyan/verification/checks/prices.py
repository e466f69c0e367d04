"""The lengths of the periods of a price, for checks that call it `price`."""

LENGTH = """make_interval(
    months => price.interval_count * CASE price.interval WHEN 'month' THEN 1 WHEN 'quarter' THEN 3
                                                         WHEN 'year' THEN 12 ELSE 0 END,
    days => price.interval_count * CASE price.interval WHEN 'day' THEN 1 WHEN 'week' THEN 7 ELSE 0 END)"""

MOST_DAYS = """(price.interval_count * CASE price.interval WHEN 'day' THEN 1 WHEN 'week' THEN 7 WHEN 'month' THEN 31
                                                           WHEN 'quarter' THEN 92 ELSE 366 END)"""
