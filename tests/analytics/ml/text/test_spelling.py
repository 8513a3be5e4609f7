"""Spelling of the web reaches the network as words it knows."""

import time

import pytest

from analytics.ml.text.artefact import shipped_model
from analytics.ml.text.spelling import as_read


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("@SunnyAir where is my bag?", "@user where is my bag?"),
        ("write to a@b.example", "write to a@b.example"),
        ("#NeverAgain #so_slow #fail #1", "Never Again so slow fail #1"),
        ("soooo goooood, 1000 times", "soo good, 1000 times"),
        ("&lt;3 Tom &amp; Ana &copy;", "❤ Tom & Ana &copy;"),
        ("great :-) or not :( at 10:30, see http://x.example", "great 😊 or not 😞 at 10:30, see http://x.example"),
        ("I cried :'(", "I cried 😢"),
        ("🤬🤬🤬🤬🤬🤬 👍🏽 ❤️", "😡😡😡 👍 ❤"),
        ("It’s fine....... really!!!!", "It's fine....... really!!!!"),
        ("", ""),
    ],
)
def test_what_the_network_reads(text: str, read: str) -> None:
    assert as_read(text) == read
    assert as_read(read) == read


@pytest.mark.parametrize(
    "text", ["@" * 50_000, "#a" * 50_000, "😀 " * 50_000, "&" * 50_000, ":'-" * 50_000, "x" * 200_000]
)
def test_nasty_texts_take_no_time(text: str) -> None:
    started = time.process_time()
    as_read(text)
    assert time.process_time() - started < 1


@pytest.mark.parametrize("emoji", "😀😍😊😂🎉👍❤😡😢😭😞😒🙄😤👎💔🤬🥳🥺🤮💩🤢🥲🫶🥱🤯")
def test_no_common_emoji_is_unknown_to_the_network(emoji: str) -> None:
    tokenizer = shipped_model().tokenizer
    unknown = tokenizer.encode("ↈ")[0][-2]
    assert unknown not in tokenizer.encode(emoji)[0]
