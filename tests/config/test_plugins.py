"""A package of somebody else that names itself a plug-in is loaded and registers like our own rooms."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
APP = """
from django.apps import AppConfig

class WeatherConfig(AppConfig):
    name = "weather"

    def ready(self):
        from crm.extensions import NavItem, nav_items
        nav_items.register(NavItem("weather", "Weather", "crm:today", "sun", 90))
"""
ASK = """
import django
django.setup()
from crm.extensions import nav_items
print([item.key for item in nav_items])
"""


def test_a_package_that_names_itself_a_plug_in_is_loaded(tmp_path: Path) -> None:
    (tmp_path / "weather").mkdir()
    (tmp_path / "weather" / "__init__.py").write_text("")
    (tmp_path / "weather" / "apps.py").write_text(APP)
    about = tmp_path / "weather-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: weather\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text("[rapport.plugins]\nweather = weather.apps.WeatherConfig\n")
    environment = {**os.environ, "PYTHONPATH": str(tmp_path), "RAPPORT_DATA": str(tmp_path / "data")}
    environment["DJANGO_SETTINGS_MODULE"] = "tests.settings"
    words = [sys.executable, "-c", ASK]
    asked = subprocess.run(words, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    assert "'weather'" in asked.stdout
