"""`python -m infra.bundles`: what is uploaded for each domain of production, and its size."""

from infra.bundles.platforms import Platform
from infra.bundles.sizes import DOMAINS, measure, table
from infra.environments import environment_of


def main() -> None:
    production = environment_of({"environment": "production"})
    print(f"For {Platform.of(production)}; all functions of a domain share both archives.")
    print(table({domain: measure(production, domain) for domain in DOMAINS}))


if __name__ == "__main__":
    main()
