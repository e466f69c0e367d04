"""Finding customers and accounts, a few or a million, by what somebody types.

Every word typed (words stand between blanks) has to be the beginning of something that the row holds: of its number,
external number, a word of its name, its e-mail address, or of what comes after a sign in these. So "mül dent" finds
Müller Dental, "0042" finds A-0042 and "acme" finds ap@acme.example. Case, accents and signs before a word make no
difference. Where that finds nothing, and the server has pg_trgm, words may also be the middle of something: "üller".

`first.first_ids` is the one function that plans how the first rows of a list are found; the other modules say what is
asked of a row (`words`, `middles`), what is in front when a number is typed (`numbers`), where a page begins (`pages`).
"""
