"""Records what the shipped model says of the held-out own messages: python -m analytics.ml.text.train.golden > FILE."""

import json

from analytics.ml.text.reading import read_message
from analytics.ml.text.train.examples import own_messages


def main() -> None:
    """One JSON object a line: text, language, sentiment, probabilities."""
    for message in own_messages(held_out=True):
        reading = read_message(message.text, languages_hint=[message.language])
        row = {
            "text": message.text,
            "language": message.language,
            "sentiment": reading.sentiment,
            "probabilities": [round(value, 3) for value in reading.probabilities.values()],
        }
        print(json.dumps(row, ensure_ascii=False))


if __name__ == "__main__":
    main()
