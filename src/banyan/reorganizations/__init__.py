"""Verbs that change who belongs to whom and who pays, with their previews."""
