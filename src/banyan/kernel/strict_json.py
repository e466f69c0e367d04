"""JSON that can be read in one way only."""

from collections import Counter
from collections.abc import Sequence

from banyan.kernel.texts import shown


class RepeatedKeyError(ValueError):
    """An object names a key twice: which of the two values is meant, nobody can say."""

    def __init__(self, key: str) -> None:
        super().__init__(f"the key {shown(key)} is given twice; give it once")


def each_key_once(pairs: Sequence[tuple[str, object]]) -> dict[str, object]:
    """The object that these make, for json.loads (`object_pairs_hook`). Refuses a key that is given twice."""
    made = dict(pairs)
    if len(made) < len(pairs):
        ((repeated, _),) = Counter(key for key, _ in pairs).most_common(1)
        raise RepeatedKeyError(repeated)
    return made
