"""How a request is carried out: use cases that speak to ports."""
