"""Files of the pages in production: hashed names that browsers keep for ever."""

from whitenoise.storage import CompressedManifestStaticFilesStorage  # type: ignore[import-untyped]


class HashedFiles(CompressedManifestStaticFilesStorage):  # type: ignore[misc]
    """Also inside our own scripts: a module imports the very version that it was released with.

    Django offers this for all scripts or none, and scripts of others name modules that lie elsewhere.
    """

    support_js_module_import_aggregation = True
    _js_module_import_aggregation_patterns = (
        "js/*.js",
        CompressedManifestStaticFilesStorage._js_module_import_aggregation_patterns[1],
    )
