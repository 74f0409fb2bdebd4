"""`python -m benchmarks.build SIZE`: fill the database that the environment names."""

import sys

import django


def main(size: str) -> None:
    django.setup()
    from benchmarks import dataset

    seconds = dataset.build(dataset.SIZES[size])
    print(f"{size}: {dataset.SIZES[size].enrolments:,} enrolments in {seconds:.0f} s", file=sys.stderr)


if __name__ == "__main__":
    main(sys.argv[1])
