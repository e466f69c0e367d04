"""What is sold and for how much: products, meters, prices, discounts, tax rates."""
