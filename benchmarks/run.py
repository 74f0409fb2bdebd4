"""`python -m benchmarks.run PORT ENTRY`: one measurement, on the database that the environment names."""

import json
import sys
from dataclasses import asdict

import django


def main(port: str, entry: str) -> None:
    django.setup()
    from benchmarks.measures import MEASURES

    measure = next(measure for measure in MEASURES if entry in measure.entries)
    for result in measure.run(int(port)):
        print(json.dumps(asdict(result)), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
