"""Every verb about customers, accounts, their relations and settings, with previews, roll-ups and trees."""
