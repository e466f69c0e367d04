"""Jobs whose worker was lost: given to others, or set aside after losing too many of them."""
