"""Arrays of other libraries as values of differentiated programs."""
