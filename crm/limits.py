"""How often somebody may do what costs or could be abused: counted in the cache by the hour or minute of the clock."""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass
from hashlib import sha256
from ipaddress import IPv6Address, ip_address

import structlog
from django.core.cache import cache
from django.http import HttpRequest

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Limit:
    """At most `most` times within `seconds`. Who counts is kept as a hash; where nothing can be counted, all may."""

    what: str
    most: int
    seconds: int

    def count(self, who: str) -> bool:
        """Once more; whether that is more than may be."""
        key = self._key(who)
        try:
            cache.add(key, 0, timeout=self.seconds)
            times = cache.incr(key)
            cache.touch(key, self.seconds)  # a cache of files gives what it counts another end
        except ValueError:  # it has ended between the two
            return False
        except cache_is_away():
            log.warning("limit_not_counted", what=self.what)
            return False
        return times > self.most

    def is_reached(self, who: str) -> bool:
        """Whether the next time would be too many; counts nothing."""
        try:
            return int(cache.get(self._key(who), 0)) >= self.most
        except cache_is_away():
            return False

    def _key(self, who: str) -> str:
        """The window of the clock is part of the key: it ends on time whatever a cache does with its end."""
        return f"limit:{self.what}:{int(time.time()) // self.seconds}:{sha256(who.encode()).hexdigest()[:24]}"


def cache_is_away() -> tuple[type[Exception], ...]:
    """What a cache raises that can't be reached. Redis is loaded only where it serves: web processes stay small."""
    redis = sys.modules.get("redis.exceptions")
    return (OSError, redis.RedisError) if redis else (OSError,)


def visitor(request: HttpRequest) -> str:
    """Whose machine this is: the address, of IPv6 the network that one house has."""
    text = str(request.META.get("REMOTE_ADDR", ""))
    try:
        address = ip_address(text)
    except ValueError:
        return text
    return f"{int(address) >> 64:x}::/64" if isinstance(address, IPv6Address) else text


def unnamed(*_who: object) -> str:
    """Whom the log of django-axes names: nobody. The admin lists failed sign-ins for those who may look."""
    return "somebody"
