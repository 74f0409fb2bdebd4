"""`python -m benchmarks.run ENTRY PORT ...`: one measurement, on the servers at these ports."""

import json
import sys
from dataclasses import asdict

import django


def main(entry: str, *ports: str) -> None:
    django.setup()
    from benchmarks.measures import MEASURES

    measure = next(measure for measure in MEASURES if entry in measure.entries)
    for result in measure.run(*map(int, ports)):
        print(json.dumps(asdict(result)), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
