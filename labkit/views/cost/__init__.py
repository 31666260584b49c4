"""What reasoning costs: through an API, on a rented card and on an owned one."""
