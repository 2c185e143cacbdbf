"""Why something is not valid, in one line."""

from pydantic import ValidationError

# A payload can be wrong in thousands of places; a reader needs the first few.
NAMED = 5


def reasons(error: ValidationError, *, root: str) -> list[str]:
    """`data.match_score: Field required`, and so on."""
    found = error.errors(include_url=False)
    named = [".".join([root, *map(str, one["loc"])]) + f": {one['msg']}" for one in found[:NAMED]]
    return named if len(found) <= NAMED else [*named, f"and {len(found) - NAMED} more"]
