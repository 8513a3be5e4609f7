"""The demo business: a believable, plainly fictional shop that can be put in and taken out in one step."""

from .premises import DemoShop
from .shop import SOURCE, demo_people, is_demo_in, make_demo, remove_demo

__all__ = ["SOURCE", "DemoShop", "demo_people", "is_demo_in", "make_demo", "remove_demo"]
