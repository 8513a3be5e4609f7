"""How the rooms are put together: settings, addresses, workers, the supervisor."""
