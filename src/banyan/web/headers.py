"""Headers that keep other sites out, for answers that are no page: given where Django has none of its own."""

POLICY_OF_NO_PAGE = "default-src 'none'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
OF_EVERY_ANSWER = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Content-Security-Policy": POLICY_OF_NO_PAGE,
}
"""As the application's have them (`policies`); an answer's own stand before these."""
