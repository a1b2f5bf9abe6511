"""The databases of all domains that keep their facts in Postgres, as each deployment makes them."""
