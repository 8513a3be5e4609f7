"""The admin in the colours of the pages (static/css/tokens.css): warm neutrals and the deep teal."""

from typing import Any

from django.http import HttpRequest
from django.templatetags.static import static


def icon(_request: HttpRequest) -> str:
    return static("img/mark.svg")


def style(_request: HttpRequest) -> str:
    return static("css/admin.css")


LOOK: dict[str, Any] = {
    "SITE_ICON": icon,
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": icon}],
    "STYLES": [style],
    "BORDER_RADIUS": "6px",
    "COLORS": {
        "base": {
            "50": "oklch(98.3% .004 85)",
            "100": "oklch(96% .006 85)",
            "200": "oklch(91% .008 85)",
            "300": "oklch(86% .01 82)",
            "400": "oklch(70% .012 80)",
            "500": "oklch(54% .013 78)",
            "600": "oklch(44% .013 75)",
            "700": "oklch(36% .011 75)",
            "800": "oklch(27% .008 75)",
            "900": "oklch(22% .007 75)",
            "950": "oklch(17% .006 75)",
        },
        "primary": {
            "50": "oklch(97.5% .012 193)",
            "100": "oklch(95% .024 193)",
            "200": "oklch(90% .045 193)",
            "300": "oklch(84% .075 192)",
            "400": "oklch(76% .095 192)",
            "500": "oklch(60% .09 195)",
            "600": "oklch(46% .083 196)",
            "700": "oklch(40% .074 197)",
            "800": "oklch(35% .062 197)",
            "900": "oklch(30% .05 197)",
            "950": "oklch(24% .038 197)",
        },
    },
}
