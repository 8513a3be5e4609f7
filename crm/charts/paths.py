"""Numbers and points as SVG wants them."""

from collections.abc import Sequence


def path_of(points: Sequence[tuple[float, float]]) -> str:
    return " ".join(
        f"{'L' if i else 'M'}{x:g} {y:g}" for i, (x, y) in enumerate((rounded(x), rounded(y)) for x, y in points)
    )


def rounded(value: float) -> float:
    return round(value, 2)
