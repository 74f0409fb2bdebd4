"""What the platform costs, measured through real processes: `make bench`, `make bench ONLY=name`."""
