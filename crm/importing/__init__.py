"""Reading other programs' files: bytes → rows → recognised columns → typed values; knows no database."""
