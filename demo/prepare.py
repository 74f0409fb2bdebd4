"""What the demo's data needs at each start, in one process: Django takes longer to import than all of it."""

from django.core.management import execute_from_command_line

STEPS = (
    ["migrate", "--no-input", "--verbosity=0"],
    ["load_catalogue", "courses/catalogue.yaml"],
    ["demo_data"],
)


def main() -> None:
    """Raises SystemExit at the first step that fails, after that has said why."""
    for step in STEPS:
        execute_from_command_line(["manage.py", *step])


if __name__ == "__main__":
    main()
