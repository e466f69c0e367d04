"""A field of a resource is declared once: what Django's model says of it, and one line beside it for the rest.

Bodies, answers and filters of the API, inputs of the console, columns of CSV files, the checks and what they say all
follow from the declaration. `kinds` are what fields can be, `fields` how a resource declares its own, `checks` what is
wrong with a single value.
"""
