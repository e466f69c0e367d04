"""Values that everything shares. Pure: no Django, no SQL, no clock, no log."""
