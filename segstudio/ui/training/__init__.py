"""The Train page: settings, live curves, runs."""
